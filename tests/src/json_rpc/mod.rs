//! JSON-RPC 2.0 over HTTP: a server in front of anything that answers methods, and a caller.
//!
//! A server can be given a [`Tamper`], which sees every answer before it leaves: that is how a test has a node that
//! lies, stalls, hangs up or is overloaded, whether the node behind it is ours or a real one.

use crate::http::{self, HttpError};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long [`call`] waits for an answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// An error object, JSON-RPC 2.0 §5.1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (code {code})")]
pub struct RpcError {
    /// -32000 for a node's own refusals, 3 for a revert, the others as in the standard.
    pub code: i64,
    /// In the words of go-ethereum, which is what callers match on.
    pub message: String,
    /// For a revert, the returned bytes.
    pub data: Option<Value>,
}

impl RpcError {
    /// A refusal of the node's own, code -32000.
    pub fn server(message: impl Into<String>) -> Self {
        Self { code: -32000, message: message.into(), data: None }
    }

    /// Arguments that are missing or cannot be read, code -32602.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into(), data: None }
    }

    /// A request that is not JSON-RPC, code -32600.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self { code: -32600, message: message.into(), data: None }
    }

    /// A method that nobody here answers, code -32601.
    pub fn unknown_method(method: &str) -> Self {
        Self {
            code: -32601,
            message: format!("the method {method} does not exist/is not available"),
            data: None,
        }
    }

    fn to_json(&self) -> Value {
        match &self.data {
            Some(data) => json!({"code": self.code, "message": self.message, "data": data}),
            None => json!({"code": self.code, "message": self.message}),
        }
    }
}

/// Whatever answers the methods behind a server.
pub trait Backend: Send + Sync + 'static {
    /// Answers one call.
    ///
    /// # Errors
    /// The error object to send to the caller.
    fn answer(&self, method: &str, params: &Value) -> Result<Value, RpcError>;
}

/// What leaves the server for one call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// A result.
    Result(Value),
    /// An error object.
    Error(RpcError),
    /// A bare HTTP status instead of JSON, for the whole HTTP request.
    Status(u16),
    /// A body that is not JSON, for the whole HTTP request.
    Garbage(Vec<u8>),
    /// The connection closes without an answer.
    Hangup,
}

/// Sees method, parameters and honest answer, and returns what leaves instead. It may sleep.
pub type Tamper = Box<dyn Fn(&str, &Value, Answer) -> Answer + Send + Sync>;

/// Open connections, so that a dropped server closes them.
type Connections = Mutex<HashMap<u64, TcpStream>>;

/// A listening server on 127.0.0.1, on a port that the system chose. Dropping it stops it and closes its connections.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    backend: Arc<dyn Backend>,
    tamper: Option<Tamper>,
    stopping: AtomicBool,
    requests: AtomicU64,
    connections: Connections,
}

impl Server {
    /// Starts to listen.
    ///
    /// # Errors
    /// When no loopback port can be had or no thread be started.
    pub fn start(backend: Arc<dyn Backend>, tamper: Option<Tamper>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            backend,
            tamper,
            stopping: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            connections: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("json-rpc".to_owned())
            .spawn(move || accept(&listener, &accepting))?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// HTTP requests read so far; a batch counts as one.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // The accepting thread sleeps in accept(); a connection wakes it so that it sees the flag.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        for stream in self.shared.connections.lock().unwrap_or_else(PoisonError::into_inner).values() {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for (id, stream) in (0_u64..).zip(listener.incoming()) {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(held) = stream.try_clone() else { continue };
        shared.connections.lock().unwrap_or_else(PoisonError::into_inner).insert(id, held);
        let serving = Arc::clone(shared);
        let started = std::thread::Builder::new().name("json-rpc connection".to_owned()).spawn(move || {
            // A caller that goes away or talks nonsense ends its own connection and nothing else.
            drop(converse(stream, &serving));
            serving.connections.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        });
        if started.is_err() {
            shared.connections.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
    }
}

fn converse(stream: TcpStream, shared: &Shared) -> Result<(), HttpError> {
    // Small answers would otherwise wait for the peer's delayed acknowledgement.
    drop(stream.set_nodelay(true));
    let mut reader = BufReader::new(stream);
    while let Some(request) = http::read_request(&mut reader)? {
        shared.requests.fetch_add(1, Ordering::SeqCst);
        let reply = if request.method == "POST" { handle(&request.body, shared) } else { Reply::Status(405) };
        let (status, body) = match reply {
            Reply::Json(value) => (200, value.to_string().into_bytes()),
            Reply::Raw(bytes) => (200, bytes),
            Reply::Status(status) => (status, Vec::new()),
            Reply::Hangup => {
                drop(reader.get_ref().shutdown(Shutdown::Both));
                return Ok(());
            }
        };
        http::write_response(reader.get_mut(), status, &body, request.keep_alive)?;
        if !request.keep_alive {
            break;
        }
    }
    Ok(())
}

enum Reply {
    Json(Value),
    Raw(Vec<u8>),
    Status(u16),
    Hangup,
}

fn handle(body: &[u8], shared: &Shared) -> Reply {
    match serde_json::from_slice::<Value>(body) {
        Err(_) => Reply::Json(error_response(
            &Value::Null,
            &RpcError { code: -32700, message: "parse error".to_owned(), data: None },
        )),
        Ok(Value::Array(calls)) if calls.is_empty() => {
            Reply::Json(error_response(&Value::Null, &RpcError::invalid_request("empty batch")))
        }
        Ok(Value::Array(calls)) => batch(&calls, shared),
        Ok(call) => match one(&call, shared) {
            Ok(Some(response)) => Reply::Json(response),
            Ok(None) => Reply::Raw(Vec::new()),
            Err(reply) => reply,
        },
    }
}

fn batch(calls: &[Value], shared: &Shared) -> Reply {
    let mut responses = Vec::new();
    for call in calls {
        match one(call, shared) {
            Ok(Some(response)) => responses.push(response),
            Ok(None) => {}
            Err(reply) => return reply,
        }
    }
    if responses.is_empty() { Reply::Raw(Vec::new()) } else { Reply::Json(Value::Array(responses)) }
}

/// Answers one call of a request: `None` for a notification, an error when the whole HTTP answer is replaced.
fn one(call: &Value, shared: &Shared) -> Result<Option<Value>, Reply> {
    let Some(id) = call.get("id") else {
        return if call.get("method").is_some() {
            Ok(None)
        } else {
            Ok(Some(error_response(&Value::Null, &RpcError::invalid_request("invalid request"))))
        };
    };
    let (Some("2.0"), Some(method)) =
        (call.get("jsonrpc").and_then(Value::as_str), call.get("method").and_then(Value::as_str))
    else {
        return Ok(Some(error_response(id, &RpcError::invalid_request("invalid request"))));
    };
    let empty = json!([]);
    let params = call.get("params").filter(|params| !params.is_null()).unwrap_or(&empty);
    let honest = match shared.backend.answer(method, params) {
        Ok(result) => Answer::Result(result),
        Err(error) => Answer::Error(error),
    };
    let answer = match &shared.tamper {
        Some(tamper) => tamper(method, params, honest),
        None => honest,
    };
    match answer {
        Answer::Result(result) => Ok(Some(json!({"jsonrpc": "2.0", "id": id, "result": result}))),
        Answer::Error(error) => Ok(Some(error_response(id, &error))),
        Answer::Status(status) => Err(Reply::Status(status)),
        Answer::Garbage(bytes) => Err(Reply::Raw(bytes)),
        Answer::Hangup => Err(Reply::Hangup),
    }
}

fn error_response(id: &Value, error: &RpcError) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": error.to_json()})
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Nobody answered, or not in HTTP.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer carries a status other than 200.
    #[error("{url} answered {method} with status {status}")]
    Status {
        /// The node asked.
        url: String,
        /// The method asked for.
        method: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is not a JSON-RPC response.
    #[error("{url} answered {method} with something that is not JSON-RPC")]
    NotJsonRpc {
        /// The node asked.
        url: String,
        /// The method asked for.
        method: String,
    },
    /// The node refused.
    #[error(transparent)]
    Refused(#[from] RpcError),
}

/// Asks a node one method and waits for the answer.
///
/// # Errors
/// [`CallError`] when there is no answer, it is not JSON-RPC, or the node refuses.
pub fn call(url: &str, method: &str, params: &Value) -> Result<Value, CallError> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let (status, answer) = http::post(url, body.as_bytes(), CALL_TIMEOUT)?;
    if status != 200 {
        return Err(CallError::Status { url: url.to_owned(), method: method.to_owned(), status });
    }
    let not_json_rpc = || CallError::NotJsonRpc { url: url.to_owned(), method: method.to_owned() };
    let mut answer: Value = serde_json::from_slice(&answer).map_err(|_| not_json_rpc())?;
    if let Some(error) = answer.get("error") {
        return Err(RpcError {
            code: error.get("code").and_then(Value::as_i64).unwrap_or_default(),
            message: error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
            data: error.get("data").cloned(),
        }
        .into());
    }
    answer.get_mut("result").map(Value::take).ok_or_else(not_json_rpc)
}

/// A node elsewhere, so that a [`Server`] with a [`Tamper`] can stand between it and its callers.
pub struct Upstream {
    url: String,
}

impl Upstream {
    /// Answers come from the node at `url`.
    pub fn new(url: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { url: url.into() })
    }
}

impl Backend for Upstream {
    fn answer(&self, method: &str, params: &Value) -> Result<Value, RpcError> {
        call(&self.url, method, params).map_err(|error| match error {
            CallError::Refused(refusal) => refusal,
            other => RpcError { code: -32603, message: other.to_string(), data: None },
        })
    }
}

#[cfg(test)]
mod tests;
