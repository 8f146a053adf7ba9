//! The state of the model of refreshing, and what one step does to it.

use super::Rule;

/// The token that the binding has at first. Refresh tokens and the access tokens that come with them have one number.
const FIRST: u8 = 1;

/// Tokens of a renewal's family are from here on.
const OF_RENEWAL: u8 = 16;

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is something of its own that happened or did not")]
pub(super) struct State {
    pub(super) row: Option<Row>,
    pub(super) attempts: Vec<Attempt>,
    /// The refresh token of each family that is good: of the first authorization and of the renewal.
    good: [Option<u8>; 2],
    /// The last token that each family brought.
    last: [u8; 2],
    /// Every token that was ever stored.
    pub(super) stored: Vec<u8>,
    /// Those that were taken back.
    pub(super) taken_back: Vec<u8>,
    /// Those that a crash or a lost answer lost.
    lost: Vec<u8>,
    /// Tokens that were used up without anybody knowing.
    pub(super) hidden: Vec<u8>,
    pub(super) unbound: bool,
    pub(super) renewed: bool,
    /// A turn was over while its holder was waiting.
    pub(super) slow: bool,
    /// A turn that was under way was ended by somebody else.
    pub(super) robbed: bool,
    pub(super) faults: u8,
    pub(super) crashes: u8,
}

/// The row of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) mark: u8,
    /// Whose turn it is, and whether that is over.
    pub(super) turn: Option<(u8, bool)>,
    pub(super) uncertain: bool,
    pub(super) dead: bool,
}

/// An attempt to get a fresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attempt {
    pub(super) at: At,
    /// The row as it was read.
    pub(super) seen: Option<Row>,
    /// The successor, in hand.
    token: Option<u8>,
}

/// What it does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum At {
    Read,
    Take,
    /// Presents the refresh token, for the first or the second time.
    Present {
        again: bool,
    },
    Look,
    Save,
    Judge,
    Discard,
    GiveBack {
        doubt: bool,
        then: Told,
    },
    Over(Told),
    Killed,
}

/// What the worker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Told {
    Token(u8),
    NotBound,
    Dead,
    Later,
    /// Nothing: it looks again.
    Again,
}

impl State {
    pub(super) fn new(attempts: u8, faults: u8, crashes: u8) -> Self {
        let attempt = Attempt { at: At::Read, seen: None, token: None };
        Self {
            row: Some(Row { mark: FIRST, turn: None, uncertain: false, dead: false }),
            attempts: vec![attempt; usize::from(attempts)],
            good: [Some(FIRST), None],
            last: [FIRST, OF_RENEWAL - 1],
            stored: vec![FIRST],
            taken_back: Vec::new(),
            lost: Vec::new(),
            hidden: Vec::new(),
            unbound: false,
            renewed: false,
            slow: false,
            robbed: false,
            faults,
            crashes,
        }
    }

    pub(super) fn is_of_renewal(&self, token: u8) -> bool {
        self.renewed && token >= OF_RENEWAL
    }

    pub(super) fn is_good(&self, token: u8) -> bool {
        self.good.contains(&Some(token))
    }

    /// Every successor that is alive.
    pub(super) fn issued(&self) -> impl Iterator<Item = u8> {
        self.good.into_iter().flatten().filter(|token| *token != FIRST)
    }

    pub(super) fn is_accounted_for(&self, token: u8) -> bool {
        let is_in_hand = self.attempts.iter().any(|it| it.token == Some(token));
        let is_known = self.stored.contains(&token) || self.taken_back.contains(&token);
        is_in_hand || is_known || self.lost.contains(&token)
    }

    pub(super) fn renew(&mut self) {
        self.renewed = true;
        self.good[1] = Some(OF_RENEWAL);
        self.last[1] = OF_RENEWAL;
        self.stored.push(OF_RENEWAL);
        self.row = Some(Row { mark: OF_RENEWAL, turn: None, uncertain: false, dead: false });
    }

    pub(super) fn kill(&mut self, index: usize) {
        let attempt = &mut self.attempts[index];
        attempt.at = At::Killed;
        if let (Some(token), Some(seen)) = (attempt.token.take(), attempt.seen) {
            self.lost.push(token);
            self.hidden.push(seen.mark);
        }
    }

    /// The row, if it holds the credential that the attempt saw.
    fn as_seen(&mut self, mark: u8) -> Option<&mut Row> {
        self.row.as_mut().filter(|row| row.mark == mark)
    }

    /// One step of an attempt; with `lost`, nobody hears what came of it.
    pub(super) fn step(&mut self, without: Option<Rule>, index: usize, lost: bool) {
        let hold = |rule| without != Some(rule);
        let me = u8::try_from(index).expect("few attempts");
        let Attempt { at, seen, token } = self.attempts[index];
        let mark = seen.map_or(0, |row| row.mark);
        let next = match at {
            At::Read => self.read(index),
            At::Take => {
                let is_free = seen.is_some_and(|row| row.turn.is_none_or(|(_, is_over)| is_over));
                let turn = seen.and_then(|row| row.turn);
                match self.as_seen(mark) {
                    Some(row) if is_free && row.turn == turn || !hold(Rule::TurnFree) => {
                        row.uncertain |= turn.is_some() && hold(Rule::TakeOverNoted);
                        row.turn = Some((me, false));
                        At::Present { again: false }
                    }
                    _ => At::Read,
                }
            }
            At::Present { again } => self.present(without, index, mark, again, lost),
            // Another credential stands there: that one is right, whatever was said of this.
            At::Look if self.as_seen(mark).is_none() && hold(Rule::JudgeMark) => {
                At::GiveBack { doubt: false, then: Told::Again }
            }
            At::Look => At::Present { again: true },
            At::Save => self.save(without, index, mark, lost),
            At::Judge => match self.row.as_mut().filter(|row| row.mark == mark || !hold(Rule::JudgeMark)) {
                Some(row) => {
                    (row.dead, row.turn) = (true, None);
                    At::Over(Told::Dead)
                }
                None => At::GiveBack { doubt: false, then: Told::Again },
            },
            At::Discard => {
                self.taken_back.extend(token);
                self.attempts[index].token = None;
                At::GiveBack { doubt: false, then: Told::Again }
            }
            At::GiveBack { doubt, then } => {
                let row = self.row.as_mut();
                let other = row.as_ref().and_then(|row| row.turn).filter(|(holder, _)| *holder != me);
                if let Some(row) = row.filter(|_| other.is_none() || !hold(Rule::OwnTurn)) {
                    let is_mine = row.turn.take().is_some();
                    row.uncertain |= doubt && is_mine;
                    self.robbed |= other.is_some_and(|(_, is_over)| !is_over);
                }
                if then == Told::Again { At::Read } else { At::Over(then) }
            }
            At::Over(_) | At::Killed => at,
        };
        self.attempts[index].at = next;
    }

    fn read(&mut self, index: usize) -> At {
        let Some(row) = self.row else { return At::Over(Told::NotBound) };
        self.attempts[index].seen = Some(row);
        match row {
            Row { dead: true, .. } => At::Over(Told::Dead),
            // Only the first token is about to end.
            Row { mark, .. } if mark != FIRST => At::Over(Told::Token(mark)),
            // Whoever waits reads again; here it is told to come later once, so that the search ends.
            Row { turn: Some((_, false)), .. } => At::Read,
            _ => At::Take,
        }
    }

    /// The provider: a good refresh token brings a successor, and is good no more; one that is used again ends the family.
    fn present(&mut self, without: Option<Rule>, index: usize, mark: u8, again: bool, lost: bool) -> At {
        let family = usize::from(mark >= OF_RENEWAL);
        let hold = |rule| without != Some(rule);
        if self.good[family] != Some(mark) {
            self.good[family] = None;
            return match again || !hold(Rule::SecondLook) {
                _ if lost => At::GiveBack { doubt: hold(Rule::LossNoted), then: Told::Later },
                true => At::Judge,
                false => At::Look,
            };
        }
        // It says no for a moment, and only that: a fault of its own. The second attempt meets it, so that both ways are
        // searched.
        if self.faults > 0 && !lost && !again && index == 1 {
            self.faults -= 1;
            return if hold(Rule::SecondLook) { At::Look } else { At::Judge };
        }
        let token = self.last[family] + 1;
        (self.good[family], self.last[family]) = (Some(token), token);
        if lost {
            self.lost.push(token);
            self.hidden.push(mark);
            return At::GiveBack { doubt: hold(Rule::LossNoted), then: Told::Later };
        }
        self.attempts[index].token = Some(token);
        if hold(Rule::SaveFirst) { At::Save } else { At::Over(Told::Token(token)) }
    }

    fn save(&mut self, without: Option<Rule>, index: usize, mark: u8, lost: bool) -> At {
        let Some(token) = self.attempts[index].token else { return At::Read };
        let any = without == Some(Rule::SaveMark);
        match self.row.as_mut().filter(|row| row.mark == mark || row.mark == token || any) {
            Some(row) => {
                *row = Row { mark: token, turn: None, uncertain: false, dead: false };
                self.stored.push(token);
            }
            None if without == Some(Rule::Discard) => {
                self.attempts[index].token = None;
                return At::GiveBack { doubt: false, then: Told::Again };
            }
            None => return At::Discard,
        }
        // Unheard, it is tried again, and finds itself.
        if lost {
            return At::Save;
        }
        self.attempts[index].token = None;
        At::Over(Told::Token(token))
    }
}
