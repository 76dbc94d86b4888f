//! The way to a node over HTTP. Nothing else in the workspace names an HTTP client.

use std::fmt;
use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use strongroom_network::{Pause, Sleep, Transport, TransportError};
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::world::Transports;

/// The longest that one exchange with a node takes, from its first byte to its last.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest that connecting takes, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest head of an answer, in bytes.
const HEAD_LIMIT: usize = 32 << 10;
/// The longest wait that a node can ask for.
const RETRY_AFTER_LIMIT: u64 = 3600;

/// Where a node is, and whom to believe that it is there.
///
/// Its address may hold a provider's key: it is shown by [`Endpoint::shown`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    ca: Option<String>,
    insecure_http: bool,
}

/// Why an address or an authority cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Not an address of the form this program speaks to.
    #[error("this is no node's address: write it as https://host/path")]
    Address,
    /// A name and password in the address.
    #[error(
        "the address of {0} holds a name and password, which is not supported: use the provider's key in the path"
    )]
    Credentials(String),
    /// Plain HTTP to another machine.
    #[error(
        "the address of {0} is plain http: whoever is on the way could lie about balances and nonces. Use https, or say --insecure-http if the way is yours"
    )]
    Plain(String),
    /// No certificate in the authority's file.
    #[error("the authority's file holds no certificate: it must be one or more PEM blocks CERTIFICATE")]
    Authority,
}

impl Endpoint {
    /// A node's address; a certificate authority in PEM that alone is believed for it, in place of the public ones; and
    /// whether plain HTTP to other machines is meant. To this machine plain HTTP is always accepted.
    ///
    /// # Errors
    /// [`HttpError`], naming the host at most.
    pub fn new(url: &str, ca: Option<String>, insecure_http: bool) -> Result<Self, HttpError> {
        let uri: Uri = url.parse().map_err(|_| HttpError::Address)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(HttpError::Address)?;
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if insecure_http || is_loopback(host) => {}
            Some("http") => return Err(HttpError::Plain(host.to_owned())),
            _ => return Err(HttpError::Address),
        }
        if let Some(pem) = &ca {
            certificates(pem)?;
        }
        Ok(Self { url: url.to_owned(), ca, insecure_http })
    }

    /// The whole address. It may hold a key: for the store and the connection only.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The authority in PEM that is believed for it, if not the public ones.
    pub fn ca(&self) -> Option<&str> {
        self.ca.as_deref()
    }

    /// Whether plain HTTP to another machine was asked for.
    pub const fn insecure_http(&self) -> bool {
        self.insecure_http
    }

    /// The machine's name or address, in lower case.
    pub fn host(&self) -> String {
        let uri = self.url.parse::<Uri>();
        uri.ok().and_then(|uri| uri.host().map(str::to_ascii_lowercase)).unwrap_or_default()
    }

    /// The machine, by one name for all that this one has.
    fn machine(&self) -> String {
        let host = self.host();
        if is_loopback(&host) { "localhost".to_owned() } else { host }
    }

    /// Whether both lead to the same machine, as far as their names tell.
    pub fn is_same_machine(&self, other: &Self) -> bool {
        self.machine() == other.machine()
    }

    /// Whether both lead to the same node, however the addresses are written.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let place = |endpoint: &Self| {
            let uri = endpoint.url.parse::<Uri>().ok()?;
            let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
            let path = uri.path().trim_end_matches('/').to_owned();
            Some((
                endpoint.machine(),
                uri.port_u16().unwrap_or(default),
                path,
                uri.query().map(str::to_owned),
            ))
        };
        place(self) == place(other)
    }

    /// The address without name, password, path and query, which may hold a key: `https://host:port/…`.
    pub fn shown(&self) -> String {
        let Ok(uri) = self.url.parse::<Uri>() else { return "…".to_owned() };
        let rest = if uri.path().len() > 1 || uri.query().is_some() { "/…" } else { "" };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let authority = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        format!("{}://{authority}{rest}", uri.scheme_str().unwrap_or("?"))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.shown())
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn certificates(pem: &str) -> Result<Vec<Certificate<'static>>, HttpError> {
    let mut found = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(HttpError::Authority),
        }
    }
    if found.is_empty() { Err(HttpError::Authority) } else { Ok(found) }
}

/// Connections for real.
#[derive(Clone, Copy, Debug)]
pub struct Http {
    /// The longest that one exchange takes.
    pub timeout: Duration,
}

impl Default for Http {
    fn default() -> Self {
        Self { timeout: TIMEOUT }
    }
}

impl Transports for Http {
    fn open(&self, endpoint: &Endpoint) -> Result<Box<dyn Transport>, HttpError> {
        let roots = match &endpoint.ca {
            Some(pem) => RootCerts::new_with_certs(&certificates(pem)?),
            None => RootCerts::WebPki,
        };
        let config = ureq::Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            // A proxy would come from the environment, which nobody handed in.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(HEAD_LIMIT)
            .timeout_connect(Some(CONNECT_TIMEOUT.min(self.timeout)))
            .timeout_global(Some(self.timeout))
            .user_agent(concat!("strongroom/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Box::new(HttpTransport { agent: ureq::Agent::new_with_config(config), url: endpoint.url.clone() }))
    }

    fn pause(&self) -> Box<dyn Pause> {
        Box::new(Sleep)
    }
}

struct HttpTransport {
    agent: ureq::Agent,
    url: String,
}

impl Transport for HttpTransport {
    fn post(&mut self, body: &[u8], limit: usize) -> Result<Vec<u8>, TransportError> {
        let sent = self.agent.post(&self.url).header("content-type", "application/json").send(body);
        let response = sent.map_err(|error| failed(&error))?;
        let status = response.status();
        if !status.is_success() {
            let retry_after = response
                .headers()
                .get("retry-after")
                .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok())
                .map(|seconds| Duration::from_secs(seconds.min(RETRY_AFTER_LIMIT)));
            return Err(TransportError::Status { code: status.as_u16(), retry_after });
        }
        let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        let mut reader = response.into_body().into_reader().take(bound);
        reader.read_to_end(&mut bytes).map_err(|error| failed(&ureq::Error::from(error)))?;
        if bytes.len() > limit { Err(TransportError::Oversized { limit }) } else { Ok(bytes) }
    }
}

/// What went wrong, without the node's address.
fn failed(error: &ureq::Error) -> TransportError {
    let why = match error {
        ureq::Error::Timeout(_) => return TransportError::Timeout,
        ureq::Error::Io(error) if is_timeout(error) => return TransportError::Timeout,
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::HostNotFound => "there is no machine of this name".to_owned(),
        ureq::Error::Rustls(error) => format!("TLS: {error}"),
        ureq::Error::Tls(why) => format!("TLS: {why}"),
        ureq::Error::Protocol(_) => "what came back is not HTTP".to_owned(),
        ureq::Error::LargeResponseHeader(..) => "the head of its answer is too large".to_owned(),
        ureq::Error::RedirectFailed | ureq::Error::TooManyRedirects => "it redirects elsewhere".to_owned(),
        ureq::Error::ConnectionFailed => "the connection failed".to_owned(),
        _ => "the exchange failed".to_owned(),
    };
    TransportError::Unreachable { why }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock)
}
