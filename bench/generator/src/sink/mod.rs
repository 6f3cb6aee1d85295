//! A server that does next to nothing, to show what the generator can do.
//!
//! It answers handshakes and passes a publisher's bytes on as they are: no parsing of topics but for the first message
//! of a connection, whose subscribers are remembered; packet identifiers are kept. So it is right only for the
//! generator's own runs (one topic per publisher; QoS above 0 only with one publisher per subscriber), and is no broker.

mod peer;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rustls::ServerConfig;

use crate::carrier::Carrier;
use crate::carrier::client::unpace;
use crate::carrier::inbox::Scratch;
use crate::carrier::tls::server_config;
use crate::carrier::wire::Wire;
use peer::Peer;

const EVENTS: usize = 1024;

/// Where the sink listens.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Address for MQTT over TCP; port 0 lets the system choose.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub mqtt: SocketAddr,
    /// Address for MQTT over TLS, with a certificate made for this run.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub mqtts: SocketAddr,
    /// Address for MQTT over WebSocket.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub http: SocketAddr,
}

/// Serves until the process is ended; says on stdout where it listens.
///
/// # Errors
///
/// If it cannot listen.
pub fn serve(options: &Options) -> io::Result<()> {
    let mut sink = Sink {
        poll: Poll::new()?,
        listeners: vec![
            (TcpListener::bind(options.mqtt)?, Carrier::Tcp),
            (TcpListener::bind(options.mqtts)?, Carrier::Tls),
            (TcpListener::bind(options.http)?, Carrier::Websocket),
        ],
        tls: server_config()?,
        peers: Vec::new(),
        scratch: Scratch::new(),
        touched: Vec::new(),
    };
    for (index, (listener, _)) in sink.listeners.iter_mut().enumerate() {
        sink.poll
            .registry()
            .register(listener, Token(index), Interest::READABLE)?;
    }
    for (listener, carrier) in &sink.listeners {
        println!(
            "listening {} {}",
            announced(*carrier),
            listener.local_addr()?
        );
    }
    println!("ready");
    sink.run()
}

/// As the brokers call it.
fn announced(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Tcp => "mqtt",
        Carrier::Tls => "mqtts",
        Carrier::Websocket => "http",
    }
}

struct Sink {
    poll: Poll,
    /// The first tokens; the connections come after them.
    listeners: Vec<(TcpListener, Carrier)>,
    tls: Arc<ServerConfig>,
    peers: Vec<Option<Peer>>,
    scratch: Scratch,
    /// Connections with something to write at the end of the turn.
    touched: Vec<usize>,
}

impl Sink {
    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                let Token(index) = event.token();
                match index.checked_sub(self.listeners.len()) {
                    None => self.accept(index)?,
                    Some(peer) => self.receive(peer),
                }
            }
            self.flush();
        }
    }

    fn accept(&mut self, listener: usize) -> io::Result<()> {
        let (listener, carrier) = &self.listeners[listener];
        loop {
            match listener.accept() {
                Ok((mut stream, _)) => {
                    stream.set_nodelay(true)?;
                    unpace(&stream);
                    let token = Token(self.listeners.len() + self.peers.len());
                    register(&self.poll, &mut stream, token)?;
                    let wire = match carrier {
                        Carrier::Tcp | Carrier::Websocket => Wire::Plain(stream),
                        Carrier::Tls => Wire::serve(stream, Arc::clone(&self.tls))?,
                    };
                    self.peers.push(Some(Peer::new(wire, *carrier)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn receive(&mut self, index: usize) {
        // Taken out while it is read, so that it can write into the others.
        let Some(mut peer) = self.peers[index].take() else {
            return;
        };
        if peer
            .receive(&mut self.scratch, &mut self.peers, &mut self.touched)
            .is_ok()
        {
            self.peers[index] = Some(peer);
            self.touched.push(index);
        }
    }

    fn flush(&mut self) {
        for index in self.touched.drain(..) {
            if let Some(peer) = &mut self.peers[index]
                && peer.flush().is_err()
            {
                self.peers[index] = None;
            }
        }
    }
}

fn register(poll: &Poll, stream: &mut TcpStream, token: Token) -> io::Result<()> {
    poll.registry()
        .register(stream, token, Interest::READABLE | Interest::WRITABLE)
}
