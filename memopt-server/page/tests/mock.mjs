// A server that speaks the API's contract without a program behind it.
//
//     node mock.mjs [--port 7700] [--mode data|empty|huge|login|slow] [--base /a/b/]

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROUTES, STARTED, tick, world } from './mock-routes.mjs';

const PAGE = fileURLToPath(new URL('..', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function problem(response, status, detail) {
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'x-request-id': 'mock-1',
  });
  response.end(
    JSON.stringify({ type: 'about:blank', title: 'Mock', status, detail, request_id: 'mock-1' }),
  );
}

async function bodyOf(request) {
  let text = '';
  for await (const part of request) text += part;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function match(pattern, path) {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const parts = [];
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i].startsWith(':')) parts.push(decodeURIComponent(given[i]));
    else if (wanted[i] !== given[i]) return null;
  }
  return parts;
}

/** Starts it; `stop` ends all connections at once, as a program that dies does. */
export function serve({ port = 0, mode = 'data', base = '/', build = 'mock' } = {}) {
  const state = Object.assign(world(mode), { build });
  const streams = new Set();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://mock');
    if (!url.pathname.startsWith(base)) return problem(response, 404, 'outside of the base path');
    const path = url.pathname.slice(base.length);
    response.setHeader('content-security-policy', POLICY);
    if (path === 'login' && request.method === 'POST') {
      const body = await bodyOf(request);
      if (body.token !== 'secret') return problem(response, 401, 'this is no token of the server');
      state.signedIn = true;
      return response.writeHead(204).end();
    }
    if (path === 'logout') {
      state.signedIn = false;
      return response.writeHead(204).end();
    }
    if (path === 'api/v1/events') return events(state, streams, request, response);
    if (path.startsWith('api/v1/'))
      return api(state, request, response, path.slice(7), url.searchParams);
    // As the server does: files of the page are below a folder that is named by their hash.
    const name = path === '' ? 'index.html' : path.replace(/^assets\/mock\//, '');
    const file = normalize(join(PAGE, name));
    try {
      if (!file.startsWith(PAGE)) throw new Error('outside');
      let text = await readFile(file);
      if (path === '') text = text.toString().replaceAll('"assets/', '"assets/mock/');
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(text);
    } catch {
      problem(response, 404, 'no such file');
    }
    return undefined;
  });
  const beat = setInterval(() => {
    for (const stream of streams) stream.write(`event: tick\ndata: ${JSON.stringify(tick())}\n\n`);
  }, 1000);
  return new Promise((done) => {
    server.listen(port, '127.0.0.1', () =>
      done({
        state,
        port: server.address().port,
        address: `http://127.0.0.1:${server.address().port}${base}`,
        stop: () =>
          new Promise((ended) => {
            clearInterval(beat);
            server.closeAllConnections();
            server.close(ended);
          }),
      }),
    );
  });
}

function events(state, streams, request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const hello = {
    pid: 4711,
    started_ms: state.started,
    instance: 'host-1',
    version: '0.1.0',
    build: state.build,
    heartbeat_ms: 1000,
    interval_ms: 1000,
  };
  response.write(`retry: 1000\nid: ${STARTED}-1\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n`);
  streams.add(response);
  request.on('close', () => streams.delete(response));
}

async function api(state, request, response, path, query) {
  if (state.mode === 'login' && !state.signedIn && path !== 'session')
    return problem(response, 401, 'a token is needed');
  if (state.mode === 'slow')
    await new Promise((done) => {
      setTimeout(done, 60_000);
    });
  if (state.mode === 'failing' && !['session', 'health', 'status'].includes(path))
    return problem(response, 500, 'the worker has ended');
  for (const [method, pattern, answer] of ROUTES) {
    if (method !== request.method) continue;
    const parts = match(pattern, path);
    if (!parts) continue;
    const body = method === 'GET' ? null : await bodyOf(request);
    const told = answer(query, parts, state, body);
    if (told === null) return response.writeHead(204).end();
    const headers = { 'content-type': 'application/json' };
    if (told.etag) headers.etag = told.etag;
    return response
      .writeHead(told.status && typeof told.status === 'number' ? told.status : 200, headers)
      .end(JSON.stringify(told));
  }
  return problem(response, 404, `there is no route ${request.method} ${path}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
  };
  const { address } = await serve({
    port: Number(option('port', '7700')),
    mode: option('mode', 'data'),
    base: option('base', '/'),
  });
  console.log(address);
}
