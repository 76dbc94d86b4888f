//! The way to a node, against a server that answers as badly as it is told to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_desk::http::{Endpoint, Http, HttpError};
use strongroom_desk::world::Transports;
use strongroom_network::TransportError;

/// A server that takes one request after another and answers each with `answer`; gives its address and what it read.
fn serve(answer: impl Fn(&mut TcpStream) + Send + 'static) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let request = read_request(&mut stream);
            if sender.send(request).is_err() {
                return;
            }
            answer(&mut stream);
        }
    });
    (address, receiver)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0u8];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_string();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    let _ = stream.read_exact(&mut body);
    head + &String::from_utf8_lossy(&body)
}

fn post(url: &str, limit: usize) -> Result<Vec<u8>, TransportError> {
    let way = Http { timeout: Duration::from_millis(700) };
    way.open(&Endpoint::new(url, None, false).unwrap()).unwrap().post(b"{\"question\":1}", limit)
}

fn respond(text: impl Into<String>) -> impl Fn(&mut TcpStream) + Send + 'static {
    let text = text.into();
    move |stream| {
        let _ = stream.write_all(text.as_bytes());
    }
}

#[test]
fn a_body_comes_back_whole() {
    let (url, seen) = serve(respond("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
    assert_eq!(post(&format!("{url}/v2/key?x=1"), 4).unwrap(), b"body");
    let request = seen.recv().unwrap();
    assert!(request.starts_with("POST /v2/key?x=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.to_ascii_lowercase().contains("content-type: application/json"), "{request}");
    assert!(request.ends_with("{\"question\":1}"), "{request}");
    let (url, _seen) = serve(respond(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
    ));
    assert_eq!(post(&url, 4).unwrap(), b"body");
}

#[test]
fn a_body_that_is_too_long_is_refused_while_it_is_read() {
    let (url, _seen) = serve(respond("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbodyy"));
    assert_eq!(post(&url, 4), Err(TransportError::Oversized { limit: 4 }));
    // Without an end: it would fill any memory if it were read to it.
    let (url, _seen) = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    assert_eq!(post(&url, 100_000), Err(TransportError::Oversized { limit: 100_000 }));
    let (url, _seen) = serve(respond(format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000))));
    assert!(matches!(post(&url, 4), Err(TransportError::Unreachable { .. })));
}

#[test]
fn a_node_that_does_not_answer_is_given_up() {
    for head in ["", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo"] {
        let (url, _seen) = serve(move |stream| {
            let _ = stream.write_all(head.as_bytes());
            thread::sleep(Duration::from_secs(5));
        });
        let begun = Instant::now();
        assert_eq!(post(&url, 4), Err(TransportError::Timeout), "{head:?}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{head:?}");
    }
    // A trickle is no answer either.
    let (url, _seen) = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let begun = Instant::now();
    assert_eq!(post(&url, 1000), Err(TransportError::Timeout));
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_body_that_breaks_off_is_no_body() {
    let (url, _seen) = serve(respond("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
    assert!(matches!(post(&url, 100), Err(TransportError::Unreachable { .. })));
    let (url, _seen) = serve(respond("SSH-2.0-OpenSSH_9.9\r\n"));
    assert!(matches!(post(&url, 100), Err(TransportError::Unreachable { .. })));
}

#[test]
fn a_status_is_told_and_its_body_is_not_taken() {
    for (line, headers, code, retry_after) in [
        ("401 Unauthorized", "", 401, None),
        ("429 Too Many Requests", "Retry-After: 7\r\n", 429, Some(7)),
        ("503 Unavailable", "Retry-After: 99999999\r\n", 503, Some(3600)),
        ("503 Unavailable", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 503, None),
        ("500 Oops", "Retry-After: -1\r\n", 500, None),
    ] {
        let (url, _seen) =
            serve(respond(format!("HTTP/1.1 {line}\r\n{headers}Content-Length: 4\r\n\r\nbody")));
        let retry_after = retry_after.map(Duration::from_secs);
        assert_eq!(post(&url, 100), Err(TransportError::Status { code, retry_after }), "{line}");
    }
}

#[test]
fn redirects_are_not_followed() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let (elsewhere, visited) = serve(respond("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlies"));
        let (url, _seen) = serve(respond(format!(
            "HTTP/1.1 {status}\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        )));
        let code = status[..3].parse().unwrap();
        assert_eq!(post(&url, 100), Err(TransportError::Status { code, retry_after: None }), "{status}");
        assert!(visited.try_recv().is_err(), "{status} was followed");
    }
}

#[test]
fn trouble_does_not_repeat_the_address() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("http://{free}/SECRET"), "https://no-such-host.invalid/SECRET".to_owned()] {
        let error = post(&url, 4).unwrap_err();
        assert!(matches!(error, TransportError::Unreachable { .. } | TransportError::Timeout), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
    let endpoint = Endpoint::new("https://user:SECRET@example.com/SECRET", None, false).unwrap();
    assert_eq!(format!("{endpoint:?}"), "Endpoint(https://example.com/…)");
}

#[test]
fn a_name_and_password_reach_the_node() {
    let (url, seen) = serve(respond("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
    post(&url.replace("http://", "http://user:pass@"), 4).unwrap();
    // RFC 7617: base64 of user:pass.
    assert!(seen.recv().unwrap().to_ascii_lowercase().contains("authorization: basic dxnlcjpwyxnz"));
}

#[test]
fn plain_text_where_tls_should_be_is_no_answer() {
    let (url, _seen) = serve(respond("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
    let error = post(&url.replace("http://", "https://"), 4).unwrap_err();
    assert!(matches!(error, TransportError::Unreachable { .. } | TransportError::Timeout), "{error:?}");
}

#[test]
fn addresses_are_taken_or_refused_before_anything_is_sent() {
    let new = |url: &str, insecure| Endpoint::new(url, None, insecure);
    for good in [
        "https://a.example",
        "http://127.0.0.1",
        "http://127.9.9.9:1",
        "http://[::1]:8545/x",
        "http://LOCALHOST",
    ] {
        assert!(new(good, false).is_ok(), "{good}");
    }
    for plain in [
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://127.0.0.1.example",
        "http://[::2]",
        "http://localhost.example",
    ] {
        assert!(matches!(new(plain, false), Err(HttpError::Plain(_))), "{plain}");
        assert!(new(plain, true).is_ok(), "{plain}");
    }
    for bad in ["", "x", "ws://a.example", "https://", "/path", "https://a b", "file:///x"] {
        assert!(matches!(new(bad, true), Err(HttpError::Address)), "{bad}");
    }
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    for ca in ["", "x", key, "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"] {
        assert_eq!(
            Endpoint::new("https://a.example", Some(ca.to_owned()), false),
            Err(HttpError::Authority),
            "{ca}"
        );
    }
}
