//! The golden vectors of `test/vectors`: packets as data, which TypeScript reads too.
//!
//! Each one is decoded and compared with what it expects. Where nothing says `"canonical": false`
//! the packet is also built again from what is expected, and must give the same bytes.

mod describe;
mod rebuild;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use packet::client::decode_server;
use packet::{Connack, Connect, DecodeError, Frame, PacketType, Split, Version, decode, split};
use serde_json::{Value, json};

#[test]
fn every_vector_decodes_to_what_it_expects() {
    let mut failures = String::new();
    for (file, vector) in vectors() {
        let bytes = describe::bytes(vector["hex"].as_str().unwrap());
        let found = describe(&vector, &bytes);
        if found != vector["expect"] {
            let expected = &vector["expect"];
            writeln!(
                failures,
                "{file}: {}\n  {expected}\n  {found}",
                vector["name"]
            )
            .unwrap();
        }
    }
    assert!(failures.is_empty(), "expected, then found:\n{failures}");
}

#[test]
fn every_canonical_vector_encodes_to_its_bytes() {
    let mut failures = String::new();
    let canonical = vectors().into_iter().filter(|(_, vector)| {
        vector["expect"].get("type").is_some() && vector["canonical"] != json!(false)
    });
    for (file, vector) in canonical {
        let mut out = Vec::new();
        match vector["direction"].as_str().unwrap() {
            "client-to-server" => {
                rebuild::client_packet(version(&vector), &vector["expect"], &mut out)
            }
            _ => rebuild::server_packet(version(&vector), &vector["expect"], &mut out),
        }
        if describe::hex(&out) != vector["hex"] {
            let (expected, found) = (&vector["hex"], describe::hex(&out));
            writeln!(
                failures,
                "{file}: {}\n  {expected}\n  {found}",
                vector["name"]
            )
            .unwrap();
        }
    }
    assert!(failures.is_empty(), "expected, then found:\n{failures}");
}

#[test]
fn vectors_have_names_of_their_own_and_span_every_packet_and_refusal() {
    let vectors = vectors();
    let names: HashSet<String> = vectors
        .iter()
        .map(|(file, vector)| format!("{file} {}", vector["name"]))
        .collect();
    assert_eq!(names.len(), vectors.len());
    let spans = |what: &str, value: &str| {
        vectors.iter().any(|(_, vector)| {
            vector["expect"][what]
                .as_str()
                .is_some_and(|text| text.starts_with(value))
        })
    };
    for packet in describe::PACKET_TYPES {
        assert!(spans("type", packet), "no vector is a {packet}");
    }
    for rule in describe::RULES {
        assert!(spans("rule", rule), "no vector breaks {rule}");
    }
}

/// Every vector, with the file that it is from.
fn vectors() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test/vectors");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let mut vectors = Vec::new();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let parsed: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        vectors.extend(parsed.into_iter().map(|vector| (name.clone(), vector)));
    }
    vectors
}

fn version(vector: &Value) -> Version {
    match vector["version"].as_str().unwrap() {
        "3.1" => Version::V31,
        "3.1.1" => Version::V311,
        "5.0" => Version::V5,
        other => panic!("there is no version {other}"),
    }
}

/// What the codec makes of `bytes`, in the words of the vectors.
fn describe(vector: &Value, bytes: &[u8]) -> Value {
    match split(bytes) {
        Err(error) => refused(error),
        Ok(Split::Partial { header, total }) => {
            let header = header.map(|byte| format!("0x{byte:02x}"));
            json!({ "partial": { "header": header, "total": total } })
        }
        Ok(Split::Whole { frame, total }) => {
            assert_eq!(
                total,
                bytes.len(),
                "{} holds more than a packet",
                vector["name"]
            );
            describe_frame(vector, frame)
        }
    }
}

fn describe_frame(vector: &Value, frame: Frame<'_>) -> Value {
    let version = version(vector);
    if vector["direction"] == "server-to-client" {
        return decode_server(version, frame)
            .map_or_else(refused, |packet| describe::server_packet(&packet));
    }
    let opening = vector["expect"].get("answer").is_some();
    if opening || frame.packet_type() == PacketType::Connect {
        return describe_connect(frame);
    }
    decode(version, frame).map_or_else(refused, |packet| describe::client_packet(&packet))
}

/// The first packet of a connection; with a refusal comes the CONNACK that answers it.
fn describe_connect(frame: Frame<'_>) -> Value {
    match Connect::decode(frame) {
        Ok(connect) => describe::connect(&connect),
        Err(refusal) => {
            let mut answer = Vec::new();
            if let Some(version) = refusal.answer_in {
                Connack::refused(refusal.reason()).write(version, usize::MAX, &mut answer);
            }
            let mut described = refused(refusal.error);
            described["answer"] = json!(describe::hex(&answer));
            described
        }
    }
}

fn refused(error: DecodeError) -> Value {
    json!({ "refused": format!("0x{:02x}", error.reason().0), "rule": format!("{error:?}") })
}
