//! The server and the caller against each other and against raw bytes.

use super::*;
use std::io::{Read, Write};

struct Echo;

impl Backend for Echo {
    fn answer(&self, method: &str, params: &Value) -> Result<Value, RpcError> {
        match method {
            "echo" => Ok(params.clone()),
            "revert" => {
                Err(RpcError { code: 3, message: "execution reverted".to_owned(), data: Some(json!("0x08")) })
            }
            other => Err(RpcError::unknown_method(other)),
        }
    }
}

fn echo() -> Server {
    Server::start(Arc::new(Echo), None).unwrap()
}

fn post(server: &Server, body: &str) -> Value {
    let (status, answer) = http::post(&server.url(), body.as_bytes(), CALL_TIMEOUT).unwrap();
    assert_eq!(status, 200);
    if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer).unwrap() }
}

#[test]
fn answers_results_and_errors() {
    let server = echo();
    assert_eq!(call(&server.url(), "echo", &json!(["a", 1])).unwrap(), json!(["a", 1]));
    let Err(CallError::Refused(error)) = call(&server.url(), "revert", &json!([])) else {
        panic!("no error object")
    };
    assert_eq!((error.code, error.data), (3, Some(json!("0x08"))));
    let missing = post(&server, r#"{"jsonrpc":"2.0","id":"x","method":"nothing"}"#);
    assert_eq!((&missing["id"], &missing["error"]["code"]), (&json!("x"), &json!(-32601)));
}

#[test]
fn answers_batches_in_order_and_notifications_not_at_all() {
    let server = echo();
    let answer = post(
        &server,
        r#"[{"jsonrpc":"2.0","id":2,"method":"echo","params":[2]},{"jsonrpc":"2.0","method":"echo"},
            {"jsonrpc":"2.0","id":1,"method":"nothing"}]"#,
    );
    let ids: Vec<&Value> = answer.as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(2), &json!(1)]);
    assert_eq!(server.requests(), 1);
    assert_eq!(post(&server, r#"{"jsonrpc":"2.0","method":"echo"}"#), Value::Null);
}

#[test]
fn nonsense_is_answered_with_the_standard_codes() {
    let server = echo();
    for (body, code) in [
        ("{", -32700),
        ("[]", -32600),
        ("{}", -32600),
        (r#"{"id":1,"method":"echo"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1}"#, -32600),
    ] {
        assert_eq!(post(&server, body)["error"]["code"], code, "{body}");
    }
}

/// Sends raw bytes on one connection and returns everything that comes back before it closes.
fn raw(server: &Server, bytes: &str) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    // A server that refuses to read on may close, or even reset, before we are through.
    drop(stream.write_all(bytes.as_bytes()));
    drop(stream.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_connection_carries_several_requests() {
    let server = echo();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":[7]}"#;
    let request = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let answer = raw(&server, &request.repeat(3));
    assert_eq!(answer.matches(r#""result":[7]"#).count(), 3, "{answer}");
    assert_eq!(raw(&server, "GET / HTTP/1.1\r\n\r\n").matches("405").count(), 1);
}

#[test]
fn bodies_that_lie_about_their_length_get_nothing() {
    let server = echo();
    assert!(raw(&server, "POST / HTTP/1.1\r\nContent-Length: 999\r\n\r\n{}").is_empty());
    assert!(raw(&server, "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{}").is_empty());
    assert!(raw(&server, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").is_empty());
    assert!(raw(&server, &format!("POST / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000))).is_empty());
    assert_eq!(call(&server.url(), "echo", &json!([])).unwrap(), json!([]), "and the next caller is served");
}

#[test]
fn a_tampering_node_can_do_all_a_bad_node_does() {
    let tamper: Tamper = Box::new(|method, params, honest| match params[0].as_str() {
        Some("lie") => Answer::Result(json!("0x7")),
        Some("refuse") => Answer::Error(RpcError::server("nonce too low")),
        Some("overloaded") => Answer::Status(503),
        Some("garbage") => Answer::Garbage(b"<html>".to_vec()),
        Some("hangup") => Answer::Hangup,
        _ => {
            assert_eq!(method, "echo");
            honest
        }
    });
    let server = Server::start(Arc::new(Echo), Some(tamper)).unwrap();
    let ask = |what: &str| call(&server.url(), "echo", &json!([what]));
    assert_eq!(ask("truth").unwrap(), json!(["truth"]));
    assert_eq!(ask("lie").unwrap(), json!("0x7"));
    assert!(matches!(ask("refuse"), Err(CallError::Refused(error)) if error.message == "nonce too low"));
    assert!(matches!(ask("overloaded"), Err(CallError::Status { status: 503, .. })));
    assert!(matches!(ask("garbage"), Err(CallError::NotJsonRpc { .. })));
    assert!(matches!(ask("hangup"), Err(CallError::Http(_))));
}

#[test]
fn stands_before_another_node() {
    let behind = echo();
    let lying: Tamper =
        Box::new(|method, _, honest| if method == "echo" { Answer::Result(json!(1)) } else { honest });
    let before = Server::start(Upstream::new(behind.url()), Some(lying)).unwrap();
    assert_eq!(call(&before.url(), "echo", &json!([])).unwrap(), json!(1));
    let Err(CallError::Refused(error)) = call(&before.url(), "revert", &json!([])) else {
        panic!("no error object")
    };
    assert_eq!(error.code, 3, "errors of the node behind pass through");
    drop(behind);
    let Err(CallError::Refused(error)) = call(&before.url(), "revert", &json!([])) else {
        panic!("no error object")
    };
    assert_eq!(error.code, -32603);
}

#[test]
fn a_dropped_server_is_gone() {
    let server = echo();
    let url = server.url();
    let mut open = TcpStream::connect(server.address).unwrap();
    call(&url, "echo", &json!([])).unwrap();
    drop(server);
    assert!(matches!(call(&url, "echo", &json!([])), Err(CallError::Http(HttpError::Io { .. }))));
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0, "open connections are closed");
}
