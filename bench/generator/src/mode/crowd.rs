//! Many connections that do nothing.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::carrier::client::{ANSWER_TIMEOUT, dial, source};
use crate::carrier::wire::Wire;
use crate::carrier::{Carrier, Target};
use crate::mqtt::frame::{Split, split};
use crate::mqtt::packet::{self, DISCONNECT, Session};
use crate::process;

/// Connections that are opened before the first answer is waited for.
const BATCH: usize = 256;

/// Descriptors that a broker may have opened for itself since they were counted first.
const DESCRIPTORS_OF_ITS_OWN: usize = 16;

/// How often the broker's descriptors are counted while it closes connections.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Connects `count` clients and waits until each is accepted.
///
/// # Errors
///
/// If one is not.
pub fn open(target: &Target, count: usize) -> io::Result<Vec<Wire<TcpStream>>> {
    if target.carrier == Carrier::Websocket {
        return Err(io::Error::other(
            "Cannot open a crowd over WebSocket: use --carrier tcp or tls",
        ));
    }
    let mut crowd = Vec::with_capacity(count);
    while crowd.len() < count {
        let first = crowd.len();
        for index in first..count.min(first + BATCH) {
            let mut stream = dial(target, source(target.address, index))?;
            stream.write_all(&packet::connect(
                target.protocol,
                &format!("bench-crowd-{index}"),
                Session::Clean,
                target.user(),
            ))?;
            crowd.push(stream);
        }
        for stream in &mut crowd[first..] {
            wait_until_accepted(stream, target)?;
        }
    }
    Ok(crowd)
}

fn wait_until_accepted(stream: &mut Wire<TcpStream>, target: &Target) -> io::Result<()> {
    let mut received = Vec::new();
    loop {
        let mut piece = [0; 512];
        match stream.read(&mut piece)? {
            0 => {
                return Err(io::Error::other(
                    "a connection was closed instead of accepted",
                ));
            }
            count => received.extend_from_slice(&piece[..count]),
        }
        if let Split::Whole(frame, _) = split(&received) {
            return packet::read_connack(target.protocol, frame)
                .map(|_| ())
                .map_err(io::Error::other);
        }
    }
}

/// Says goodbye on all connections, closes them, and waits until the broker has hardly more than `descriptors` open.
///
/// # Errors
///
/// If it still has after [`ANSWER_TIMEOUT`].
pub fn close(crowd: Vec<Wire<TcpStream>>, target: &Target, descriptors: usize) -> io::Result<()> {
    for mut stream in crowd {
        stream.write_all(&DISCONNECT)?;
    }
    let Some(pid) = target.pid else {
        return Ok(());
    };
    let began = Instant::now();
    while process::descriptors(pid)? > descriptors + DESCRIPTORS_OF_ITS_OWN {
        if began.elapsed() > ANSWER_TIMEOUT {
            return Err(io::Error::other(
                "the broker keeps descriptors of closed connections",
            ));
        }
        sleep(LOOK_EVERY);
    }
    Ok(())
}

/// The process to measure.
///
/// # Errors
///
/// If it was not given.
pub fn measured_pid(target: &Target) -> io::Result<u32> {
    target
        .pid
        .ok_or_else(|| io::Error::other("Cannot measure the broker's memory: --pid is missing"))
}
