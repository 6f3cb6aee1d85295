//! What kind of world a seed makes: the engine's limits, and how links, store and identity behave.

use engine::Limits;

use crate::random::Random;

const KIB: u64 = 1024;

/// A kind of world.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The engine's limits.
    pub limits: Limits,
    /// Clients that there are.
    pub clients: usize,
    /// Whether connections are sometimes slow, and cut at any byte.
    pub rough: bool,
    /// Whether the store sometimes takes long.
    pub slow_store: bool,
    /// Whether the store sometimes loses a body.
    pub forgetful_store: bool,
    /// Whether the broker dies now and then, and starts again on what the store has.
    pub crashes: bool,
    /// Whether it likes to die when connections end, with many sessions that are kept and subscribe to wills.
    pub grim: bool,
    /// Whether clients may use only what their permission sets allow.
    pub restricted: bool,
    /// To how many owners the clients' sessions belong.
    pub owners: usize,
    /// How often, of a hundred times, identity takes a client for one of another owner.
    pub strangers: u64,
    /// Sessions that one owner may have, 0 for no limit.
    pub sessions_of_owner_max: u32,
    /// Seconds that the host lets a session outlive its connection.
    pub expiry_cap: u32,
    /// Whether some clients never acknowledge what they get.
    pub mute: bool,
    /// How often, of a hundred times, identity refuses a client.
    pub refusals: u64,
    /// How often, of a hundred acts, a client does something illegal.
    pub mischief: u64,
    /// Whether some clients send bytes that are no packets, and others therefore get what nobody meant to send.
    pub noise: bool,
    /// Whether clients also subscribe to everything, shared topics included.
    pub everything: bool,
}

impl Profile {
    /// The world of a seed's generator.
    pub fn draw(random: &mut Random) -> Self {
        let mut limits = Limits::default();
        draw_identifiers(&mut limits, random);
        draw_memory(&mut limits, random);
        draw_queue(&mut limits, random);
        draw_sizes(&mut limits, random);
        draw_features(&mut limits, random);
        draw_counts(&mut limits, random);
        limits.work_units = random.pick(&[1, 1, 2, 5, 40, 4096, 4096]);
        limits.journal = random.below(2);
        if random.percent(25) {
            limits.journal_backlog_bytes_max = 500;
        }
        limits.sys_interval_seconds = random.pick(&[0, 0, 10]);
        let crashes = limits.journal != 0 && random.percent(50);
        let grim = crashes && random.percent(25);
        if grim {
            limits.work_units = random.pick(&[1, 1, 2, 5]);
            limits.session_expiry_seconds_max = u64::from(u32::MAX);
        }
        let owners = random.pick(&[1, 1, 2, 3]);
        let several = owners > 1;
        Self {
            limits,
            crashes,
            grim,
            clients: usize::try_from(random.between(3, 8)).unwrap_or(3),
            rough: random.percent(70),
            slow_store: random.percent(60),
            forgetful_store: random.percent(15),
            restricted: random.percent(30),
            owners,
            strangers: if several { random.pick(&[0, 5, 20]) } else { 0 },
            sessions_of_owner_max: if several {
                random.pick(&[0, 0, 0, 1, 2])
            } else {
                0
            },
            expiry_cap: random.pick(&[u32::MAX, u32::MAX, u32::MAX, u32::MAX, 3, 20]),
            mute: random.percent(25),
            refusals: random.pick(&[0, 0, 10]),
            mischief: random.pick(&[0, 1, 4]),
            noise: random.percent(8),
            everything: random.percent(15),
        }
    }

    /// Whether the journal is on.
    pub fn journal(&self) -> bool {
        self.limits.journal != 0
    }

    /// Whether a full queue ends its session.
    pub fn queue_ends_session(&self) -> bool {
        self.limits.queue_policy == 2
    }
}

fn draw_identifiers(limits: &mut Limits, random: &mut Random) {
    if random.percent(25) {
        limits.packet_id_max = 3;
        limits.in_flight_max = random.between(1, 3);
        limits.receive_maximum = 2;
    } else {
        limits.packet_id_max = random.pick(&[5, 20, 65_535]);
        limits.in_flight_max = random.pick(&[1, 2, 5, 20, 100]);
        limits.receive_maximum = random.pick(&[2, 3, 10, 1000]);
    }
}

/// A connection's inbox takes 512 bytes at the least, so a world of eight clients idles at about 4 KiB.
fn draw_memory(limits: &mut Limits, random: &mut Random) {
    if random.percent(15) {
        limits.memory_soft_bytes = random.pick(&[8, 16, 32, 64]) * KIB;
        limits.memory_hard_bytes = limits.memory_soft_bytes + random.pick(&[2, 8, 32]) * KIB;
    }
    limits.outbox_bytes_max = random.pick(&[KIB * KIB, KIB * KIB, 4 * KIB, 300]);
    limits.large_body_bytes = random.pick(&[8 * KIB, 64, 200]);
    if random.percent(10) {
        limits.pre_auth_bytes_max = 2000;
    }
}

fn draw_queue(limits: &mut Limits, random: &mut Random) {
    limits.queue_policy = random.below(3);
    if random.percent(35) {
        limits.queue_messages_max = random.between(1, 5);
    } else if random.percent(15) {
        limits.queue_bytes_max = random.pick(&[100, 400, 1500]);
    }
}

fn draw_sizes(limits: &mut Limits, random: &mut Random) {
    limits.packet_bytes_max = random.pick(&[2_000_000, 2_000_000, 700]);
    limits.topic_alias_maximum = random.pick(&[10, 2, 0]);
    limits.topic_alias_maximum_out = random.pick(&[10, 3, 1, 0]);
    if random.percent(15) {
        limits.topic_levels_max = 3;
    }
    if random.percent(15) {
        limits.topic_bytes_max = 20;
    }
    if random.percent(15) {
        limits.user_property_bytes_max = 30;
    }
}

fn draw_features(limits: &mut Limits, random: &mut Random) {
    if random.percent(20) {
        limits.qos_max = random.below(3);
        limits.retain_available = random.below(2);
        limits.wildcard_available = random.below(2);
        limits.shared_available = random.below(2);
        limits.subscription_identifiers_available = random.below(2);
    }
    if random.percent(12) {
        limits.connect_rate_per_second_max = random.between(1, 3);
        limits.publish_rate_per_second_max = random.between(2, 8);
    }
    if random.percent(12) {
        limits.keep_alive_seconds_max = 10;
    }
    if random.percent(12) {
        limits.session_expiry_seconds_max = 5;
    }
}

fn draw_counts(limits: &mut Limits, random: &mut Random) {
    if random.percent(15) {
        limits.subscriptions_per_session_max = 2;
    }
    if random.percent(10) {
        limits.subscriptions_max = 8;
    }
    if random.percent(15) {
        limits.filters_per_packet_max = 2;
    }
    if random.percent(12) {
        limits.sessions_max = 3;
    }
    if random.percent(8) {
        limits.connections_max = 4;
    }
    if random.percent(15) {
        limits.retained_messages_max = 2;
    }
    if random.percent(8) {
        limits.retained_message_bytes_max = 40;
    }
}
