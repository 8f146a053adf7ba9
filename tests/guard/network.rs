//! The private network: how to get in, and what it looks like there.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use tests::Scratch;

/// Tells the tests inside that they are.
const INSIDE: &str = "CODEBIND_GUARD_INSIDE";

/// The ways to a network of one's own: as root, and as anybody where user namespaces are permitted.
const WAYS: [&[&str]; 2] = [&["--net", "--mount"], &["--net", "--mount", "--map-root-user"]];

/// What is done inside before anything else. Its first argument is the folder of the resolver's files.
const SET_UP: &str = r#"
set -e
folder=$1
shift
ip link set lo up
# Every address is this machine: whatever is sent anywhere can be seen, and nothing gets out.
ip route add local 0.0.0.0/0 dev lo
ip -6 route add local ::/0 dev lo
# To listen on an IPv6 address takes more than a route.
for address in 2606:4700::5 2606:4700::6; do ip -6 addr add "$address/128" dev lo nodad; done
# Names are asked for at the scripted server alone, and no service of this machine answers in its stead.
mount --bind "$folder/resolv.conf" /etc/resolv.conf
mount --bind "$folder/hosts" /etc/hosts
if [ -e /etc/nsswitch.conf ]; then mount --bind "$folder/nsswitch.conf" /etc/nsswitch.conf; fi
for cache in /run/nscd /var/run/nscd; do if [ -d "$cache" ]; then mount -t tmpfs none "$cache"; fi; done
exec "$@"
"#;

/// A domain that a careless look-up would try names below.
pub(crate) const SEARCHED: &str = "searched.acme.dev";

/// A way in that was tried and works.
pub(crate) struct Way {
    how: &'static [&'static str],
    files: Scratch,
}

/// Tries the ways in; if there is none, says why.
pub(crate) fn way_in() -> Result<Way, String> {
    let files = Scratch::default();
    fs::create_dir_all(files.path()).expect("a folder can be made");
    for (name, text) in [
        ("resolv.conf", format!("nameserver 127.0.0.1\nsearch {SEARCHED}\n")),
        ("hosts", "127.0.0.1 localhost\n::1 localhost\n".to_owned()),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_owned()),
    ] {
        fs::write(files.path().join(name), text).expect("a file can be written");
    }
    let (mut way, mut why) = (Way { how: WAYS[0], files }, String::new());
    for how in WAYS {
        way.how = how;
        match command(&way).arg("true").output() {
            Ok(output) if output.status.success() => return Ok(way),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                let _ = writeln!(why, "unshare {}: {}: {said}", how.join(" "), output.status);
            }
            Err(error) => {
                let _ = writeln!(why, "unshare: {error}");
            }
        }
    }
    Err(why)
}

fn command(way: &Way) -> Command {
    let mut command = Command::new("unshare");
    command.args(way.how).args(["sh", "-c", SET_UP, "sh"]).arg(way.files.path());
    command
}

/// These tests of this executable, inside.
pub(crate) fn inside(way: &Way, arguments: &[&str]) -> Command {
    let mut command = command(way);
    command.arg(env::current_exe().expect("a process knows its executable")).args(arguments).env(INSIDE, "yes");
    command
}

/// These tests of this executable, where we are.
pub(crate) fn outside(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("a process knows its executable"));
    command.args(arguments);
    command
}

/// Whether this process is in the private network.
pub(crate) fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs tests, shows what they write, and returns how many passed. Fails if one of them does.
pub(crate) fn run(mut command: Command) -> usize {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a process can be started");
    let output = BufReader::new(child.stdout.take().expect("its output is piped"));
    let mut passed = 0;
    for line in output.lines().map_while(Result::ok) {
        let words: Vec<_> = line.split_whitespace().collect();
        if let Some(at) = words.iter().position(|it| *it == "passed;") {
            passed += words[at - 1].parse::<usize>().unwrap_or(0);
        }
        shout(&line);
    }
    let ended = child.wait().expect("a child ends");
    assert!(ended.success(), "{ended}: see above");
    passed
}

/// Writes where it is seen, whatever the test's own output goes to.
pub(crate) fn shout(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
