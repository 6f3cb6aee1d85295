//! What TLS needs at either end: one configuration for all connections of a run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap::Args;
use rcgen::CertifiedKey;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, ServerConfig, SignatureScheme};

/// Sessions that may be taken up again; more than a mode has connections at once.
const RESUMABLE_MAX: usize = 256;

/// How the clients of a run speak TLS. The server's certificate is not looked at: what is measured is the broker, and
/// the generator's work should be small.
#[derive(Args, Clone, Debug)]
pub struct ClientTls {
    /// PEM file with the certificate that every client shows, and its chain.
    #[arg(long, requires = "client_key")]
    client_certificate: Option<PathBuf>,
    /// PEM file with the key of that certificate.
    #[arg(long, requires = "client_certificate")]
    client_key: Option<PathBuf>,
    /// Made for the first connection, and shared by all.
    #[arg(skip)]
    config: OnceLock<Arc<ClientConfig>>,
}

impl ClientTls {
    /// The configuration of every connection; each has a full handshake.
    ///
    /// # Errors
    ///
    /// If certificate and key cannot be read, or do not fit each other.
    pub fn config(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let made = self.make(Resumption::disabled())?;
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(made))))
    }

    /// The same clients, who take up earlier sessions where the broker lets them.
    ///
    /// # Errors
    ///
    /// As [`ClientTls::config`].
    pub fn resuming(&self) -> io::Result<Self> {
        let made = self.make(Resumption::in_memory_sessions(RESUMABLE_MAX))?;
        Ok(Self {
            config: OnceLock::from(Arc::new(made)),
            ..self.clone()
        })
    }

    fn make(&self, resumption: Resumption) -> io::Result<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Unverified(provider)));
        let mut config = match (&self.client_certificate, &self.client_key) {
            (Some(certificate), Some(key)) => builder
                .with_client_auth_cert(read_chain(certificate)?, read_key(key)?)
                .map_err(io::Error::other)?,
            _ => builder.with_no_client_auth(),
        };
        config.resumption = resumption;
        Ok(config)
    }
}

fn read_chain(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let chain = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    chain.map_err(|error| unreadable(file, error))
}

fn read_key(file: &Path) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| unreadable(file, error))
}

fn unreadable(file: &Path, error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("Cannot read {}: {error}", file.display()))
}

/// The configuration of a server with a certificate of its own making, of the kind that brokers have here: ECDSA on
/// P-256.
///
/// # Errors
///
/// If none can be made.
pub fn server_config() -> io::Result<Arc<ServerConfig>> {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_string()]).map_err(io::Error::other)?;
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).map_err(io::Error::other)?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![cert.der().clone()], key)
        })
        .map(Arc::new)
        .map_err(io::Error::other)
}

/// Takes any certificate and any signature.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
