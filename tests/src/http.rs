//! The least HTTP/1.1 that a JSON-RPC node and its caller need: plain text, loopback, bodies of a stated length.
//!
//! RFC 9112. Chunked bodies and pipelining are not spoken; a peer that asks for them is told so by a status.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest request line and header block taken, in bytes.
const MAX_HEAD: u64 = 16 * 1024;

/// Longest body taken, in bytes.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// Why a message could not be read or sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The connection failed or timed out.
    #[error("the connection to {peer} failed: {source}")]
    Io {
        /// Whom we spoke to.
        peer: String,
        /// What the system said.
        source: io::Error,
    },
    /// The peer does not speak the HTTP that this module speaks.
    #[error("the peer's {what} is not HTTP/1.1 with a stated length")]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
    /// A head or a body is longer than this module takes.
    #[error("the peer's {what} is longer than {limit} bytes")]
    TooLong {
        /// The part that is too long.
        what: &'static str,
        /// The longest taken, in bytes.
        limit: u64,
    },
    /// The address is not one that a test may speak to.
    #[error("{url} is not of the form http://host:port/path")]
    Url {
        /// The address as given.
        url: String,
    },
}

/// One request as it arrived.
#[derive(Debug)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The body, possibly empty.
    pub body: Vec<u8>,
    /// Whether the peer means to send another request on this connection.
    pub keep_alive: bool,
}

/// The start line and the three headers that matter here.
struct Head {
    start: String,
    length: Option<u64>,
    close: bool,
    expects_continue: bool,
}

/// Reads one request; `None` when the peer closed the connection between requests.
///
/// # Errors
/// [`HttpError`] when the connection fails, or the request is not in the HTTP spoken here.
pub fn read_request(stream: &mut BufReader<TcpStream>) -> Result<Option<Request>, HttpError> {
    let Some(head) = read_head(stream)? else {
        return Ok(None);
    };
    let method = head.start.split(' ').next().unwrap_or_default().to_owned();
    if head.expects_continue {
        let mut out = stream.get_ref();
        out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|source| io_error("the caller", source))?;
    }
    let body = read_body(stream, head.length.unwrap_or(0))?;
    Ok(Some(Request { method, body, keep_alive: !head.close }))
}

/// Writes one response with a JSON body.
///
/// # Errors
/// [`HttpError::Io`] when the peer is gone.
pub fn write_response(
    stream: &mut TcpStream,
    status: u16,
    body: &[u8],
    keep_alive: bool,
) -> Result<(), HttpError> {
    let connection = if keep_alive { "keep-alive" } else { "close" };
    let mut message = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n",
        reason(status),
        body.len()
    )
    .into_bytes();
    message.extend_from_slice(body);
    stream.write_all(&message).and_then(|()| stream.flush()).map_err(|source| io_error("the caller", source))
}

/// Posts a JSON body and returns the status and the body of the answer. One connection a call.
///
/// # Errors
/// [`HttpError`] when the address is not plain HTTP, nobody answers within `timeout`, or the answer is not HTTP.
pub fn post(url: &str, body: &[u8], timeout: Duration) -> Result<(u16, Vec<u8>), HttpError> {
    let rest = url.strip_prefix("http://").ok_or_else(|| HttpError::Url { url: url.to_owned() })?;
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
    let failed = |source| io_error(authority, source);
    let mut stream = TcpStream::connect(authority).map_err(failed)?;
    stream.set_read_timeout(Some(timeout)).map_err(failed)?;
    stream.set_write_timeout(Some(timeout)).map_err(failed)?;
    let mut message = format!(
        "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    message.extend_from_slice(body);
    stream.write_all(&message).map_err(failed)?;
    let mut reader = BufReader::new(stream);
    let head = read_head(&mut reader)?.ok_or(HttpError::Malformed { what: "empty answer" })?;
    let status = head
        .start
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or(HttpError::Malformed { what: "status line" })?;
    let length = head.length.ok_or(HttpError::Malformed { what: "answer without a length" })?;
    Ok((status, read_body(&mut reader, length)?))
}

fn read_head(stream: &mut BufReader<TcpStream>) -> Result<Option<Head>, HttpError> {
    let mut head = Head { start: String::new(), length: None, close: false, expects_continue: false };
    let mut limited = stream.take(MAX_HEAD);
    loop {
        let mut line = String::new();
        let read = limited.read_line(&mut line).map_err(|source| io_error("the peer", source))?;
        if read == 0 && head.start.is_empty() && limited.limit() > 0 {
            return Ok(None);
        }
        if !line.ends_with('\n') {
            return Err(HttpError::TooLong { what: "head", limit: MAX_HEAD });
        }
        let line = line.trim_end();
        match (head.start.is_empty(), line.is_empty()) {
            (true, _) => line.clone_into(&mut head.start),
            (false, true) => return Ok(Some(head)),
            (false, false) => read_header(&mut head, line)?,
        }
    }
}

fn read_header(head: &mut Head, line: &str) -> Result<(), HttpError> {
    let (name, value) = line.split_once(':').ok_or(HttpError::Malformed { what: "header" })?;
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "content-length" => {
            head.length = Some(value.parse().map_err(|_| HttpError::Malformed { what: "content length" })?);
        }
        "transfer-encoding" => return Err(HttpError::Malformed { what: "transfer encoding" }),
        "connection" => head.close = value.eq_ignore_ascii_case("close"),
        "expect" => head.expects_continue = value.eq_ignore_ascii_case("100-continue"),
        _ => {}
    }
    Ok(())
}

fn read_body(stream: &mut BufReader<TcpStream>, length: u64) -> Result<Vec<u8>, HttpError> {
    if length > MAX_BODY {
        return Err(HttpError::TooLong { what: "body", limit: MAX_BODY });
    }
    let mut body = Vec::new();
    let read = stream.take(length).read_to_end(&mut body).map_err(|source| io_error("the peer", source))?;
    if u64::try_from(read).ok() == Some(length) {
        Ok(body)
    } else {
        Err(HttpError::Malformed { what: "body" })
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

fn io_error(peer: &str, source: io::Error) -> HttpError {
    HttpError::Io { peer: peer.to_owned(), source }
}
