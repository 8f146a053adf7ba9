//! A name server that answers as it is told, and knows what it was asked.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::UdpSocket, task::AbortHandle};

const A: u16 = 1;
const ALIAS: u16 = 5;
const AAAA: u16 = 28;
/// The protocol's word for a name that nobody has.
const NO_SUCH_NAME: u16 = 3;

/// What a name is answered with.
#[derive(Clone)]
enum Entry {
    /// Addresses, and one alias at the most. One set after the other, the last for ever.
    Records(Vec<Vec<String>>),
    /// An error of the protocol.
    Failure(u16),
    /// Nothing.
    Silence,
}

#[derive(Default)]
struct Zone {
    entries: BTreeMap<String, Entry>,
    asked: Vec<(String, u16)>,
}

/// The server. Dropping it frees its port.
pub(crate) struct Names {
    zone: Arc<Mutex<Zone>>,
    task: AbortHandle,
}

impl Names {
    /// Listens where the private network's resolver is.
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).await.expect("the private network has no other");
        let zone = Arc::<Mutex<Zone>>::default();
        let served = Arc::clone(&zone);
        let task = tokio::spawn(async move {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query).await {
                let answer = lock(&served).answer(&query[..length]);
                if let Some(answer) = answer {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Self { zone, task: task.abort_handle() }
    }

    /// Answers `name` with these addresses from now on; a text that is no address is another name, which the name is
    /// an alias of.
    pub(crate) fn tell(&self, name: &str, records: &[&str]) {
        self.tell_in_turn(name, &[records]);
    }

    /// Answers each look-up of `name` with the next of these, and with the last of them for ever.
    pub(crate) fn tell_in_turn(&self, name: &str, turns: &[&[&str]]) {
        let turns = turns.iter().map(|records| records.iter().map(|&it| it.to_owned()).collect()).collect();
        self.set(name, Entry::Records(turns));
    }

    /// Answers `name` with an error of the protocol.
    pub(crate) fn fail(&self, name: &str, code: u16) {
        self.set(name, Entry::Failure(code));
    }

    /// Does not answer `name`.
    pub(crate) fn silence(&self, name: &str) {
        self.set(name, Entry::Silence);
    }

    /// How often the IPv4 and the IPv6 addresses of `name` were asked for.
    pub(crate) fn look_ups(&self, name: &str) -> (usize, usize) {
        let zone = lock(&self.zone);
        let count = |kind| zone.asked.iter().filter(|it| it.0 == name && it.1 == kind).count();
        (count(A), count(AAAA))
    }

    /// Every name that was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        lock(&self.zone).asked.iter().map(|(name, _)| name.clone()).collect()
    }

    fn set(&self, name: &str, entry: Entry) {
        let mut zone = lock(&self.zone);
        zone.asked.retain(|it| it.0 != name);
        zone.entries.insert(name.to_owned(), entry);
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Zone {
    fn answer(&mut self, query: &[u8]) -> Option<Vec<u8>> {
        let (name, question_end) = read_name(query, 12)?;
        let question = query.get(12..question_end + 4)?;
        let kind = u16::from_be_bytes(query[question_end..question_end + 2].try_into().ok()?);
        let turn = self.asked.iter().filter(|it| it.0 == name && it.1 == kind).count();
        self.asked.push((name.clone(), kind));
        let (code, records) = match self.entries.get(&name) {
            None => (NO_SUCH_NAME, Vec::new()),
            Some(Entry::Silence) => return None,
            Some(Entry::Failure(code)) => (*code, Vec::new()),
            Some(Entry::Records(turns)) => (0, self.records(&name, &turns[turn.min(turns.len() - 1)], kind)),
        };
        let mut answer = query[..2].to_vec();
        // An answer, recursion wanted and offered; one question.
        answer.extend((0x8180 | code).to_be_bytes());
        answer.extend([0, 1]);
        answer.extend(u16::try_from(records.len()).ok()?.to_be_bytes());
        answer.extend([0; 4]);
        answer.extend(question);
        answer.extend(records.concat());
        Some(answer)
    }

    fn records(&self, name: &str, texts: &[String], kind: u16) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(IpAddr::V4(ip)) if kind == A => records.push(record(name, A, &ip.octets())),
                Ok(IpAddr::V6(ip)) if kind == AAAA => records.push(record(name, AAAA, &ip.octets())),
                Ok(_) => {}
                Err(_) => {
                    records.push(record(name, ALIAS, &write_name(text)));
                    if let Some(Entry::Records(turns)) = self.entries.get(text) {
                        records.extend(self.records(text, &turns[0], kind));
                    }
                }
            }
        }
        records
    }
}

fn record(name: &str, kind: u16, data: &[u8]) -> Vec<u8> {
    let mut record = write_name(name);
    record.extend(kind.to_be_bytes());
    // Class IN, good for no time at all.
    record.extend([0, 1, 0, 0, 0, 0]);
    record.extend(u16::try_from(data.len()).expect("data is short").to_be_bytes());
    record.extend(data);
    record
}

fn write_name(name: &str) -> Vec<u8> {
    let labels = name.split('.').map(|it| [&[u8::try_from(it.len()).expect("a label")], it.as_bytes()].concat());
    labels.chain([vec![0]]).collect::<Vec<_>>().concat()
}

/// The name at `at`, in lower case, and where it ends.
fn read_name(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*message.get(at)?);
        if length == 0 {
            return Some((labels.join("."), at + 1));
        }
        labels.push(String::from_utf8_lossy(message.get(at + 1..=at + length)?).to_lowercase());
        at += 1 + length;
    }
}

fn lock(zone: &Mutex<Zone>) -> MutexGuard<'_, Zone> {
    zone.lock().unwrap_or_else(PoisonError::into_inner)
}
