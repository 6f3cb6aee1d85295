//! The generator against its own sink, over real sockets: every carrier, version and quality of service.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heliograph-load");

struct Sink {
    process: Child,
    mqtt: String,
    mqtts: String,
    http: String,
}

impl Sink {
    fn start() -> Self {
        let mut process = Command::new(PROGRAM)
            .arg("sink")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let lines: Vec<String> = lines
            .map(Result::unwrap)
            .take_while(|line| line != "ready")
            .collect();
        let address = |prefix| {
            lines
                .iter()
                .find_map(|line| line.strip_prefix(prefix))
                .unwrap()
                .to_string()
        };
        Self {
            process,
            mqtt: address("listening mqtt "),
            mqtts: address("listening mqtts "),
            http: address("listening http "),
        }
    }

    /// Runs a mode against this sink; its line of JSON.
    fn run(&self, mode: &str, options: &str) -> serde_json::Value {
        let address = if options.contains("websocket") {
            &self.http
        } else if options.contains("tls") {
            &self.mqtts
        } else {
            &self.mqtt
        };
        let output = Command::new(PROGRAM)
            .args([
                mode,
                "--address",
                address,
                "--pid",
                &self.process.id().to_string(),
            ])
            .args(options.split_whitespace())
            .output()
            .unwrap();
        assert!(output.status.success(), "{mode} {options}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn every_message_arrives_once_and_in_order() {
    let sink = Sink::start();
    for options in [
        "",
        "--protocol 5 --user-property a=b --user-property a=c",
        "--carrier websocket",
        "--carrier tls",
        "--carrier tls --publishers 1 --topics 1 --subscribers 20",
        "--carrier tls --qos 2 --window 15 --payload-bytes 20000",
        "--username u --password p",
        "--qos 1 --window 100",
        "--qos 1 --window 100 --persistent",
        "--qos 1 --window 100 --persistent --protocol 5",
        "--qos 2 --window 15 --protocol 5",
        "--qos 2 --window 15 --carrier websocket",
        "--publishers 20 --topics 20 --subscribers 1 --wildcard",
        "--publishers 1 --topics 1 --subscribers 20",
        "--window 1",
        "--payload-bytes 20000 --window 10",
    ] {
        let report = sink.run(
            "load",
            &format!("--warm-up-seconds 0.05 --seconds 0.1 {options}"),
        );
        assert!(report["measured"].as_u64() > Some(0), "{options}: {report}");
        assert_eq!(report["received"], report["expected"], "{options}");
        assert_eq!(report["faults"]["count"], 0, "{options}: {report}");
    }
}

#[test]
fn a_rate_is_kept_and_latency_measured() {
    let sink = Sink::start();
    let report = sink.run("load", "--rate 2000 --warm-up-seconds 0.1 --seconds 0.5");
    assert_eq!(report["latency"]["count"], 1000, "{report}");
    assert!(report["latency"]["p50Us"].as_f64() > Some(0.0), "{report}");
}

#[test]
fn acknowledgements_are_timed_from_qos_1_on() {
    let sink = Sink::start();
    for (qos, timed) in [(0, None), (1, Some(1000)), (2, Some(1000))] {
        let options = format!("--qos {qos} --rate 2000 --warm-up-seconds 0.1 --seconds 0.5");
        let report = sink.run("load", &options);
        let count = report["acknowledgement"]["count"].as_u64();
        assert_eq!(count, timed, "{qos}: {report}");
    }
}

#[test]
fn a_broker_that_forgets_sessions_has_no_figure() {
    let sink = Sink::start();
    let output = Command::new(PROGRAM)
        .args(["offline", "--address", &sink.mqtt, "--qos", "1"])
        .args(["--warm-up-seconds", "0.05", "--seconds", "0.1"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("forgotten a session"), "{report}");
}

#[test]
fn crowds_and_bystanders() {
    let sink = Sink::start();
    assert_eq!(
        sink.run("idle", "--connections 300 --seconds 0.1")["connections"],
        300
    );
    assert_eq!(
        sink.run("idle", "--carrier tls --connections 300 --seconds 0.1")["connections"],
        300
    );
    let stall = sink.run("fanout-stall", "--subscribers 50 --seconds 0.1");
    assert_eq!(stall["received"], stall["expected"]);
    assert!(stall["pingIdle"]["count"].as_u64() > Some(10), "{stall}");
}

#[test]
fn sessions_are_taken_up_again_only_where_they_should_be() {
    let sink = Sink::start();
    let report = sink.run("handshakes", "--carrier tls --clients 4 --seconds 0.3");
    assert_eq!(report["full"]["resumedShare"], 0.0, "{report}");
    assert!(
        report["resumed"]["resumedShare"].as_f64() > Some(0.9),
        "{report}"
    );
}

#[test]
fn a_soak_tells_memory_over_time() {
    let sink = Sink::start();
    let options = "--carrier tls --warm-up-seconds 0.1 --seconds 0.5 --step-seconds 0.1";
    let report = sink.run("soak", options);
    assert_eq!(report["received"], report["expected"], "{report}");
    let looks = report["residentBytes"].as_array().unwrap();
    assert_eq!(looks.len(), 6, "{report}");
    assert_eq!(looks.last(), Some(&report["lastBytes"]));
}

#[test]
fn a_port_without_a_broker_is_an_error_of_its_own() {
    let output = Command::new(PROGRAM)
        .args(["load", "--address", "127.0.0.1:1"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
