//! What carries a question to one node and its answer back: the one thing the desk's HTTP client implements.

use std::time::Duration;

use crate::said::said;

/// A way to one node. It carries bytes, knows nothing of what they mean, and never tries twice.
pub trait Transport: Send {
    /// Posts a body and waits, for a bounded time, for the body that comes back.
    ///
    /// Only an answer with a status of 200 to 299 is a body; redirects are not followed. At most `limit` bytes are
    /// taken in: a longer answer is refused while it is being read, not afterwards.
    ///
    /// # Errors
    /// [`TransportError`] if no such body came back.
    fn post(&mut self, body: &[u8], limit: usize) -> Result<Vec<u8>, TransportError>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn post(&mut self, body: &[u8], limit: usize) -> Result<Vec<u8>, TransportError> {
        (**self).post(body, limit)
    }
}

/// Why no body came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection, or one that broke: name resolution, TCP, TLS.
    #[error("cannot be reached: {}", said(.why))]
    Unreachable {
        /// What the system said. It must not repeat the node's address, which may hold a key.
        why: String,
    },
    /// Nothing, or not all of it, within the time allowed.
    #[error("did not answer in time")]
    Timeout,
    /// A status outside 200 to 299.
    #[error("answered with HTTP status {code}{}", meaning(*.code))]
    Status {
        /// The status code (RFC 9110 §15).
        code: u16,
        /// How long it asks to be left alone (`Retry-After`, RFC 9110 §10.2.3).
        retry_after: Option<Duration>,
    },
    /// More bytes than were asked for.
    #[error("answered with more than {limit} bytes, which no honest answer to this question has")]
    Oversized {
        /// The most bytes that would have been taken.
        limit: usize,
    },
}

/// What people need to know of a status, where they can do something about it.
const fn meaning(code: u16) -> &'static str {
    match code {
        401 | 403 => ": it wants a key in its address, or does not accept the one it was given",
        404 => ": there is no node at this path of its address",
        429 => ": too many questions for it, now or for its plan",
        _ => "",
    }
}

impl TransportError {
    /// Whether the same question, asked a moment later, may well be answered.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout => true,
            Self::Status { code, .. } => matches!(code, 408 | 429 | 500..=599),
            Self::Oversized { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_passing() {
        let status = |code| TransportError::Status { code, retry_after: None };
        for passing in [
            TransportError::Timeout,
            TransportError::Unreachable { why: "connection refused".to_owned() },
            status(408),
            status(429),
            status(500),
            status(503),
            status(599),
        ] {
            assert!(passing.is_passing(), "{passing}");
        }
        for lasting in
            [status(301), status(400), status(401), status(403), status(404), status(413), status(600)]
        {
            assert!(!lasting.is_passing(), "{lasting}");
        }
        assert!(!TransportError::Oversized { limit: 1 }.is_passing());
    }
}
