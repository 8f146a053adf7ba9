//! Every packet in the private network, as far as it shows that somebody tried to reach somebody.

use std::{
    collections::BTreeSet,
    io::Read as _,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, SockFilter, Socket, Type};

/// Every protocol, as the kernel's headers number them.
const ALL_PROTOCOLS: u16 = 3;

/// The world listens on ports that the kernel chooses, and those begin here. No case uses one.
const CHOSEN_PORTS_MIN: u16 = 32768;

/// Lets pass what opens a TCP connection (SYN without ACK) and everything that is not TCP: a body of a megabyte must not
/// push such a packet out of the socket's buffer. Classic BPF, from the first byte of the IP header.
const FILTER: [SockFilter; 15] = [
    SockFilter::new(0x30, 0, 0, 0),    // load the byte of the version
    SockFilter::new(0x54, 0, 0, 0xf0), // keep its upper half
    SockFilter::new(0x15, 5, 0, 0x60), // IPv6: go on below
    SockFilter::new(0x30, 0, 0, 9),    // load the protocol
    SockFilter::new(0x15, 0, 8, 6),    // not TCP: accept
    SockFilter::new(0xb1, 0, 0, 0),    // the length of the header into X
    SockFilter::new(0x50, 0, 0, 13),   // load the flags behind it
    SockFilter::new(0x05, 0, 0, 3),    // go on at the flags
    SockFilter::new(0x30, 0, 0, 6),    // IPv6: load the next header
    SockFilter::new(0x15, 0, 3, 6),    // not TCP: accept
    SockFilter::new(0x30, 0, 0, 53),   // load the flags
    SockFilter::new(0x54, 0, 0, 0x12), // keep SYN and ACK
    SockFilter::new(0x15, 0, 1, 0x02), // SYN alone: accept, else drop
    SockFilter::new(0x06, 0, 0, 128),  // accept, with so many bytes
    SockFilter::new(0x06, 0, 0, 0),    // drop
];

/// Watches from its start until it is dropped.
pub(crate) struct Packets {
    seen: Arc<Mutex<BTreeSet<SocketAddr>>>,
    ends: Arc<AtomicBool>,
}

impl Packets {
    /// Begins to watch.
    pub(crate) fn watch() -> Self {
        let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(Protocol::from(i32::from(ALL_PROTOCOLS.to_be()))));
        let socket = socket.expect("whoever may make a network may watch it");
        socket.attach_filter(&FILTER).expect("the filter is well-formed");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket can time out");
        let (seen, ends) = (Arc::<Mutex<BTreeSet<_>>>::default(), Arc::<AtomicBool>::default());
        let (keeps, is_over) = (Arc::clone(&seen), Arc::clone(&ends));
        thread::spawn(move || {
            let mut packet = [0; 128];
            while !is_over.load(Ordering::Relaxed) {
                if let Some(destination) = (&socket).read(&mut packet).ok().and_then(|it| destination(&packet[..it])) {
                    keeps.lock().expect("nobody panics with it").insert(destination);
                }
            }
        });
        Self { seen, ends }
    }

    /// Whom anybody tried to reach so far, apart from the world's own parts.
    pub(crate) fn reached(&self) -> BTreeSet<SocketAddr> {
        self.catch_up();
        let seen = self.seen.lock().expect("nobody panics with it");
        seen.iter().copied().filter(|it| !is_own(*it)).collect()
    }

    /// Waits until a packet of ours, sent after all others, was seen. So each look also shows that the watch works.
    fn catch_up(&self) {
        let marker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let own = marker.local_addr().expect("a socket has an address");
        marker.send_to(b"marker", own).expect("this machine is reached");
        let deadline = Instant::now() + Duration::from_secs(5);
        while !self.seen.lock().expect("nobody panics with it").contains(&own) {
            assert!(Instant::now() < deadline, "the watch has ended");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Packets {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

/// The gateway, the functions' way to it, DynamoDB, KMS and the simulators; and the scripted resolver.
fn is_own(destination: SocketAddr) -> bool {
    // Port 0 is what has no ports: the kernel's word that a resolver's answer came too late.
    destination.ip().is_loopback() && matches!(destination.port(), 0 | 53 | CHOSEN_PORTS_MIN..)
}

/// Whom an IP packet is for; what has no ports has port 0.
fn destination(packet: &[u8]) -> Option<SocketAddr> {
    let (ip, protocol, payload): (IpAddr, u8, usize) = if packet.first()? >> 4 == 4 {
        let bytes: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
        (Ipv4Addr::from(bytes).into(), packet[9], usize::from(packet[0] & 15) * 4)
    } else {
        let bytes: [u8; 16] = packet.get(24..40)?.try_into().ok()?;
        (Ipv6Addr::from(bytes).into(), packet[6], 40)
    };
    let has_ports = matches!(protocol, 6 | 17);
    let port = packet.get(payload + 2..payload + 4).filter(|_| has_ports);
    Some(SocketAddr::new(ip, port.map_or(0, |it| u16::from_be_bytes([it[0], it[1]]))))
}
