//! The publisher's half of QoS 1 and 2: which packet identifiers are out, and what each waits for.

use std::collections::VecDeque;

use crate::mqtt::kind;

/// What an identifier waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Waiting {
    Nothing,
    Puback,
    Pubrec,
    Pubcomp,
}

/// What an acknowledgement asks of the publisher.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Send PUBREL.
    Release,
    /// Nothing: the message is done.
    Done,
}

/// Packet identifiers 1 to n, each lent to one message at a time.
pub struct InFlight {
    /// By identifier; entry 0 is not used.
    waiting: Vec<Waiting>,
    /// The longest free first, so that an identifier rests before it is used again.
    free: VecDeque<u16>,
}

impl InFlight {
    /// No message is out; at most `maximum` may be.
    pub fn new(maximum: u16) -> Self {
        Self {
            waiting: vec![Waiting::Nothing; usize::from(maximum) + 1],
            free: (1..=maximum).collect(),
        }
    }

    /// How many more messages may be sent now.
    pub fn room(&self) -> u64 {
        self.free.len() as u64
    }

    /// Whether nothing is out.
    pub fn is_empty(&self) -> bool {
        self.free.len() + 1 == self.waiting.len()
    }

    /// Takes an identifier for a message of QoS 1 or 2; `None` if all are out.
    #[inline]
    pub fn take(&mut self, qos: u8) -> Option<u16> {
        let identifier = self.free.pop_front()?;
        self.waiting[usize::from(identifier)] = if qos == 1 {
            Waiting::Puback
        } else {
            Waiting::Pubrec
        };
        Some(identifier)
    }

    /// Follows an acknowledgement of type `packet`.
    ///
    /// # Errors
    ///
    /// If that packet is not what the identifier waits for.
    #[inline]
    pub fn acknowledge(&mut self, packet: u8, identifier: u16) -> Result<Next, String> {
        let waiting = self.waiting.get_mut(usize::from(identifier));
        match (packet, waiting) {
            (kind::PUBREC, Some(waiting @ Waiting::Pubrec)) => {
                *waiting = Waiting::Pubcomp;
                Ok(Next::Release)
            }
            (kind::PUBACK, Some(waiting @ Waiting::Puback))
            | (kind::PUBCOMP, Some(waiting @ Waiting::Pubcomp)) => {
                *waiting = Waiting::Nothing;
                self.free.push_back(identifier);
                Ok(Next::Done)
            }
            _ => Err(format!(
                "packet {packet:#04x} for identifier {identifier}, which does not wait for it"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_lent_until_acknowledged() {
        let mut in_flight = InFlight::new(2);
        assert_eq!(
            (in_flight.take(1), in_flight.take(1), in_flight.take(1)),
            (Some(1), Some(2), None)
        );
        assert_eq!(in_flight.acknowledge(kind::PUBACK, 1), Ok(Next::Done));
        assert_eq!(in_flight.take(1), Some(1));
        assert!(!in_flight.is_empty());
    }

    #[test]
    fn qos_2_takes_two_answers_in_their_order() {
        let mut in_flight = InFlight::new(1);
        in_flight.take(2);
        assert!(in_flight.acknowledge(kind::PUBCOMP, 1).is_err());
        assert_eq!(in_flight.acknowledge(kind::PUBREC, 1), Ok(Next::Release));
        assert!(in_flight.acknowledge(kind::PUBREC, 1).is_err());
        assert_eq!(in_flight.acknowledge(kind::PUBCOMP, 1), Ok(Next::Done));
        assert!(in_flight.is_empty());
    }

    #[test]
    fn answers_to_nothing_are_errors() {
        let mut in_flight = InFlight::new(1);
        assert!(in_flight.acknowledge(kind::PUBACK, 1).is_err());
        assert!(in_flight.acknowledge(kind::PUBACK, 9).is_err());
        in_flight.take(1);
        assert!(in_flight.acknowledge(kind::PUBREC, 1).is_err());
    }
}
