//! `--ca`: the authority given is believed for a node, and no other.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use strongroom_desk::http::{Endpoint, Http};
use strongroom_desk::world::Transports;
use strongroom_network::TransportError;

const AUTHORITY: &str = include_str!("tls/authority.pem");
const STRANGER: &str = include_str!("tls/stranger.pem");

/// A node at `https://localhost`, whose certificate is by the authority; gives its port.
fn serve() -> u16 {
    let chain = vec![CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let _ = stream.read(&mut [0; 1024]);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
            let _ = stream.flush();
        }
    });
    port
}

fn post(url: &str, ca: Option<&str>) -> Result<Vec<u8>, TransportError> {
    let endpoint = Endpoint::new(url, ca.map(str::to_owned), false).unwrap();
    Http { timeout: Duration::from_secs(5) }.open(&endpoint).unwrap().post(b"{}", 100)
}

#[test]
fn the_authority_given_is_believed_and_no_other() {
    let port = serve();
    let url = format!("https://localhost:{port}/");
    assert_eq!(post(&url, Some(AUTHORITY)).unwrap(), b"body");
    assert_eq!(post(&url, Some(&format!("{STRANGER}{AUTHORITY}"))).unwrap(), b"body", "several in one file");
    for (ca, who) in [(None, "the public ones"), (Some(STRANGER), "another")] {
        let error = post(&url, ca).unwrap_err();
        assert!(error.to_string().contains("UnknownIssuer"), "{who}: {error}");
    }
    // The right authority, but the certificate is not this machine's.
    let error = post(&format!("https://127.0.0.1:{port}/"), Some(AUTHORITY)).unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}
