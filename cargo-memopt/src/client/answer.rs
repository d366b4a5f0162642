//! Reading an answer of HTTP/1.1, in bounded memory.

use super::fault::Fault;
use serde_json::Value;
use std::io::{BufRead, Read};

/// Bytes of an answer, and of one line of its head.
const MOST: u64 = 32 << 20;
const LINE: u64 = 16 << 10;

/// Reads an answer of HTTP/1.1 whose connection is closed behind it.
pub(super) fn answer(mut from: impl BufRead) -> Result<Vec<u8>, Fault> {
    let status = line(&mut from)?;
    let code = status
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1)?.parse::<u16>().ok())
        .ok_or_else(|| Fault("no server of HTTP is there".to_owned()))?;
    let (mut length, mut is_chunked) = (None, false);
    for count in 0.. {
        let header = line(&mut from)?;
        if header.is_empty() {
            break;
        }
        if count > 200 {
            return Err(Fault("the answer has too many headers".to_owned()));
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse::<u64>().ok(),
            "transfer-encoding" => is_chunked = value.to_ascii_lowercase().contains("chunked"),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        loop {
            let size = line(&mut from)?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16)
                .map_err(|_| Fault("the answer was cut".to_owned()))?;
            if size == 0 {
                break;
            }
            take(&mut from, size, &mut body)?;
            line(&mut from)?;
        }
    } else if let Some(length) = length {
        take(&mut from, length, &mut body)?;
    } else if code != 204 {
        from.take(MOST + 1).read_to_end(&mut body)?;
        if body.len() as u64 > MOST {
            return Err(too_large());
        }
    }
    if (200..300).contains(&code) {
        return Ok(body);
    }
    let detail = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|problem| problem["detail"].as_str().map(str::to_owned));
    Err(Fault(match (code, detail) {
        (401, _) => "the server wants a token; set MEMOPT_TOKEN".to_owned(),
        (_, Some(detail)) => detail,
        (code, None) => format!("the server answers {code}"),
    }))
}

fn take(from: &mut impl BufRead, size: u64, body: &mut Vec<u8>) -> Result<(), Fault> {
    if size > MOST.saturating_sub(body.len() as u64) {
        return Err(too_large());
    }
    let before = body.len();
    from.take(size).read_to_end(body)?;
    if ((body.len() - before) as u64) < size {
        return Err(Fault("the answer was cut".to_owned()));
    }
    Ok(())
}

fn too_large() -> Fault {
    Fault(format!("the answer is larger than {}", memopt_units::format_size(MOST)))
}

fn line(from: &mut impl BufRead) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    from.take(LINE).read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Err(Fault("the answer was cut".to_owned()));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| Fault("the answer is no HTTP".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::answer;

    fn body(text: &str) -> Result<String, String> {
        answer(text.as_bytes())
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn answers_are_read_in_each_form() {
        let plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more";
        assert_eq!(body(plain).unwrap(), "{}");
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x\r\n\":1}\r\n0\r\n\r\n";
        assert_eq!(body(chunked).unwrap(), "{\"a\":1}");
        assert_eq!(body("HTTP/1.1 204 No Content\r\n\r\n").unwrap(), "");
        assert_eq!(body("HTTP/1.0 200 OK\r\n\r\nto the end").unwrap(), "to the end");
    }

    #[test]
    fn what_went_wrong_is_said() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "the answer was cut"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "larger than 32 MiB"),
            ("SSH-2.0-x\r\n", "no server of HTTP is there"),
            ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "set MEMOPT_TOKEN"),
            (
                "HTTP/1.1 409 Conflict\r\nContent-Length: 25\r\n\r\n{\"detail\":\"no folder yet\"}",
                "the server answers 409",
            ),
            (
                "HTTP/1.1 409 Conflict\r\nContent-Length: 26\r\n\r\n{\"detail\":\"no folder yet\"}",
                "no folder yet",
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the answer was cut"),
        ];
        for (text, expected) in cases {
            let fault = body(text).unwrap_err();
            assert!(fault.contains(expected), "{fault}");
        }
    }
}
