//! Two racers, two hundred times over: what both are told, and what then stands, must be a line of the race's table.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tests::{Answer, GITHUB, Scene, race};
use tokio::time::sleep;

use super::{
    end,
    round::{Racer, Round, told},
};

/// Rounds of each race.
const ROUNDS: usize = 200;

/// How many rounds run side by side.
const ABREAST: usize = 8;

/// For how many tenths of the other's way a racer holds back who would always be first, or last. In half of the rounds
/// both go at once; in the others one meets the other further on, and at last finds them gone.
const HOLDS: [u32; ABREAST] = [0, 0, 0, 0, 4, 6, 8, 12];

/// Which of two racers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Neither.
    Nobody,
    /// The first.
    First,
    /// The second.
    Second,
    /// One of them, and nobody can tell which.
    Either,
}

/// One order in which the racers could have come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// What each is told.
    pub(super) told: [&'static str; 2],
    /// Who came before the other.
    pub(super) came: Who,
    /// Whose token then stands.
    pub(super) stands: Who,
    /// How many codes are exchanged.
    pub(super) exchanges: usize,
}

/// A line of a table: what each is told, who came first, whose token stands, how many codes are exchanged.
pub(super) const fn line(told: [&'static str; 2], came: Who, stands: Who, exchanges: usize) -> Line {
    Line { told, came, stands, exchanges }
}

/// What one racer was answered, and when it was under way.
struct Run {
    answer: Answer,
    from: Instant,
    to: Instant,
}

/// Runs the rounds that `prepare` makes, and holds each to `table`.
pub(super) async fn contest(name: &str, scene: &Scene, table: &[Line], prepare: impl AsyncFn(usize) -> Round) {
    let mut tally = Tally::default();
    for start in (0..ROUNDS).step_by(ABREAST) {
        let rounds = join_all((start..start + ABREAST).map(|number| prepare(number))).await;
        let simulator = scene.simulator(GITHUB);
        simulator.forget_requests().await;
        let holds: Vec<_> = rounds.iter().zip(HOLDS).map(|(round, tenths)| tally.holds(round, tenths)).collect();
        let runs = join_all(rounds.iter().zip(holds).map(|(round, holds)| run(round, holds))).await;
        let exchanged = simulator.count("POST", "/access_token").await;
        let tokens = scene.simulator(rounds[0].provider).tokens().await;
        let mut expected = 0;
        for (round, runs) in rounds.iter().zip(runs) {
            tally.add(&runs);
            let by_clock = in_order(&runs);
            let answers = runs.map(|it| it.answer);
            let line = find(table, &answers);
            assert!([by_clock, Who::Either].contains(&line.came) || by_clock == Who::Either, "{line:?}: {by_clock:?}");
            expected += line.exchanges;
            end::check(scene, round, &answers, line.stands, &tokens).await;
        }
        assert_eq!(exchanged, expected, "codes exchanged");
    }
    tally.tell(name);
}

async fn run(round: &Round, holds: [Duration; 2]) -> [Run; 2] {
    let runs = race(2, async |number: usize| {
        if !holds[number].is_zero() {
            sleep(holds[number]).await;
        }
        let from = Instant::now();
        let answer = round.racers[number].run().await;
        Run { answer, from, to: Instant::now() }
    });
    runs.await.try_into().unwrap_or_else(|_| panic!("two racers"))
}

/// Who was answered before the other even came, if they did not meet: then only that order will do.
fn in_order(runs: &[Run; 2]) -> Who {
    let [first, second] = runs;
    match (first.to < second.from, second.to < first.from) {
        (true, _) => Who::First,
        (_, true) => Who::Second,
        _ => Who::Either,
    }
}

/// The order that fits what the racers were told.
#[track_caller]
fn find<'a>(table: &'a [Line], answers: &[Answer; 2]) -> &'a Line {
    let told = answers.each_ref().map(told);
    let fitting = table.iter().find(|line| line.told == [&*told[0], &*told[1]]);
    let both = || answers.each_ref().map(Answer::everything).join("\n");
    fitting.unwrap_or_else(|| panic!("no order in which they could have come: {told:?}\n{}", both()))
}

/// How the rounds went.
#[derive(Default)]
struct Tally {
    lines: BTreeMap<String, usize>,
    flights: [Duration; 2],
    rounds: u32,
    overlapping: u32,
}

impl Tally {
    /// How long each racer of a round holds back.
    fn holds(&self, round: &Round, tenths: u32) -> [Duration; 2] {
        let [first, second] = self.mean();
        let hold = |racer: &Racer, other: Duration| {
            if racer.holds_back { other * tenths / 10 } else { Duration::ZERO }
        };
        [hold(&round.racers[0], second), hold(&round.racers[1], first)]
    }

    /// How long each racer was under way on average.
    fn mean(&self) -> [Duration; 2] {
        self.flights.map(|sum| sum.checked_div(self.rounds).unwrap_or_default())
    }

    fn add(&mut self, runs: &[Run; 2]) {
        *self.lines.entry(runs.each_ref().map(|run| told(&run.answer)).join(" | ")).or_default() += 1;
        for (sum, run) in self.flights.iter_mut().zip(runs) {
            *sum += run.to - run.from;
        }
        self.rounds += 1;
        self.overlapping += u32::from(in_order(runs) == Who::Either);
    }

    /// Says how often each order came, and fails if the racers hardly ever met: then it was no race.
    #[expect(clippy::print_stdout, reason = "the tally is for whoever asks to see the output of tests")]
    fn tell(&self, name: &str) {
        let (mean, lines) = (self.mean(), &self.lines);
        println!("{name}: {} of {} rounds met, {mean:.0?} on the way; {lines:?}", self.overlapping, self.rounds);
        assert!(self.overlapping * 2 >= self.rounds, "{name}: the racers met in {} rounds alone", self.overlapping);
    }
}
