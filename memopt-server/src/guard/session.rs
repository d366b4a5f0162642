//! Sessions of the page: a random number in a cookie that scripts cannot read, known here alone.

use super::token::{self, equal};
use crate::role::Role;
use axum::http::{HeaderMap, header};
use memopt_monitor::config::Secret;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a session lasts.
const LASTS: Duration = Duration::from_secs(12 * 3600);
/// Sessions at once. The oldest ends for a further one.
const MOST: usize = 256;

/// The sessions that last.
#[derive(Debug)]
pub(crate) struct Sessions {
    /// The cookie's name: programs on one machine share the cookies of its name, whatever the port.
    name: String,
    /// Whether browsers may send the cookie by https alone.
    is_secure: bool,
    all: Mutex<Vec<Session>>,
}

#[derive(Debug)]
struct Session {
    number: String,
    role: Role,
    until: Instant,
}

impl Sessions {
    pub(crate) fn new(started_ms: i64, is_secure: bool) -> Self {
        let name = format!("memopt_session_{started_ms:x}");
        Self { name, is_secure, all: Mutex::default() }
    }

    /// Begins a session for whoever knows this token. The cookie.
    pub(crate) fn begin(&self, tokens: &[(Role, Secret)], given: &str) -> Option<String> {
        let all = tokens.iter().map(|(role, token)| (token, *role));
        let role = token::among(given, all)?;
        let number = random()?;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|session| session.until > Instant::now());
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(Session { number: number.clone(), role, until: Instant::now() + LASTS });
        Some(self.cookie(&number, LASTS.as_secs()))
    }

    /// Ends the session of a request. The cookie that takes the place of its own.
    pub(crate) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(number) = cookie_of(headers, &self.name) {
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|session| !equal(number.as_bytes(), session.number.as_bytes()));
        }
        self.cookie("", 0)
    }

    /// What the session of a request allows.
    pub(crate) fn role(&self, headers: &HeaderMap) -> Option<Role> {
        let number = cookie_of(headers, &self.name)?;
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let mut role = None;
        for session in all.iter().filter(|session| session.until > Instant::now()) {
            if equal(number.as_bytes(), session.number.as_bytes()) {
                role = Some(session.role);
            }
        }
        role
    }

    /// Without a path: the browser takes the folder of the address as it knows it, a proxy's prefix
    /// included.
    fn cookie(&self, number: &str, seconds: u64) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!("{}={number}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", self.name)
    }
}

/// The value of a cookie.
fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let pairs =
        cookies.flat_map(|all| all.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

/// 256 bits in hexadecimal; none where the system has no random bytes.
fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    let mut text = String::with_capacity(64);
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_known_until_it_ends() {
        let tokens = [(Role::Operate, Secret::new("0123456789abcdef"))];
        let sessions = Sessions::new(7, false);
        assert_eq!(sessions.begin(&tokens, "0123456789abcdeg"), None);
        let cookie = sessions.begin(&tokens, "0123456789abcdef").unwrap();
        assert!(cookie.ends_with("; Max-Age=43200; HttpOnly; SameSite=Strict"), "{cookie}");
        let mut headers = HeaderMap::new();
        let pair = cookie.split(';').next().unwrap();
        headers.insert(header::COOKIE, format!("x=y; {pair}").parse().unwrap());
        assert_eq!(sessions.role(&headers), Some(Role::Operate));
        assert!(sessions.end(&headers).contains("Max-Age=0"));
        assert_eq!(sessions.role(&headers), None);
        let secure = Sessions::new(7, true).begin(&tokens, "0123456789abcdef").unwrap();
        assert!(secure.ends_with("; SameSite=Strict; Secure"), "{secure}");
    }
}
