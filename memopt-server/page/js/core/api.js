// Asks the server. All paths are relative to the page, so it works below any path of a proxy.

export const ROOT = new URL('.', document.baseURI);
const API = new URL('api/v1/', ROOT);

/** A failed request: the server's problem document, or no answer at all (`status` 0). */
export class ApiError extends Error {
  /**
   * @param {number} status @param {string} detail @param {string | null} id
   * @param {{ name: string, detail: string }[]} fields
   */
  constructor(status, detail, id, fields) {
    super(detail);
    this.status = status;
    this.id = id;
    this.fields = fields;
  }
}

/** @param {Response} response */
async function problem(response) {
  /**
   *
   *
   * @type {{ detail?: string, title?: string, request_id?: string,
   *   fields?: { name: string, detail: string }[] }}
   */
  let told = {};
  try {
    told = await response.json();
  } catch {
    /* not from our server: a proxy's page */
  }
  if (response.status === 401) document.dispatchEvent(new CustomEvent('memopt-login'));
  return new ApiError(
    response.status,
    told.detail ?? told.title ?? `the server answered ${response.status}`,
    told.request_id ?? response.headers.get('x-request-id'),
    told.fields ?? [],
  );
}

/** @param {URL} url @param {RequestInit} init */
async function ask(url, init) {
  let response;
  try {
    response = await fetch(url, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'the server does not answer', null, []);
  }
  if (!response.ok) throw await problem(response);
  return response;
}

/**
 * The address of a route of the API.
 *
 * @param {string} path @param {Record<string, unknown>} [query] what is absent is left out
 */
export function address(path, query = {}) {
  const url = new URL(path, API);
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value])
      url.searchParams.append(name, String(one));
  }
  return url;
}

/**
 * @template [T=any]
 * @param {string} path @param {Record<string, unknown>} [query] @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function get(path, query, signal) {
  const response = await ask(address(path, query), {
    signal,
    headers: { accept: 'application/json' },
  });
  return response.json();
}

/** @param {string} path @param {Record<string, unknown>} [query] @param {AbortSignal} [signal] */
export async function getText(path, query, signal) {
  return (await ask(address(path, query), { signal })).text();
}

/**
 * Changes something.
 *
 * @param {'POST' | 'PUT' | 'DELETE'} method @param {string} path
 * @param {unknown} [body] an object is sent as JSON, a text as text
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} what was answered, or `null`
 */
export async function send(method, path, body, headers = {}) {
  const isText = typeof body === 'string';
  const response = await ask(address(path), {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': isText ? 'text/plain' : 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : isText ? body : JSON.stringify(body),
  });
  if (response.status === 204) return null;
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/**
 * Starts long work and waits for its end.
 *
 * @param {string} path @param {unknown} body @param {AbortSignal} [signal]
 * @returns {Promise<any>} the operation's result
 */
export async function operate(path, body, signal) {
  let operation = await send('POST', path, body);
  while (operation.state === 'running') {
    await new Promise((done) => {
      setTimeout(done, 300);
    });
    signal?.throwIfAborted();
    operation = await get(`operations/${encodeURIComponent(operation.id)}`, {}, signal);
  }
  if (operation.state === 'failed')
    throw new ApiError(500, operation.error ?? 'the operation failed', null, []);
  return operation.result;
}

/** Signs in or out. @param {'login' | 'logout'} what @param {unknown} [body] */
export async function sign(what, body) {
  await ask(new URL(what, ROOT), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
}
