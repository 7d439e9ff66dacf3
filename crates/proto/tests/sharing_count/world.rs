//! One counted object on three nodes, of which node 0 is its home: its handles, what is under way, and who waits.

use drust_proto::sharing::count::{Account, Action, Event, HomeEvent, Ledger, Report};
use std::collections::BTreeSet;

const NODES: usize = 3;

/// How much may happen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Bounds {
    pub clones: u8,
    /// Departures, of one handle or of two in one image.
    pub sends: u8,
    /// Clones through copies.
    pub copies: u8,
    pub upgrades: u8,
    pub claims: u8,
    /// What the home mints: little, so that it runs out.
    pub mint: u64,
    /// Whether who gives weight back waits for the answer, which brings the value if that was the last.
    pub asks: bool,
}

/// A rule that is broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    None,
    /// The home lets go with its own last handle, whatever is out.
    EndsWithItsOwn,
    /// The home grants weight that it does not write down.
    GrantsUnwritten,
    /// The last handle of a node leaves some of the weight behind.
    LastLeavesSome,
    /// A node that empties by a departure does not report its balance, nor the weight that goes with it.
    BalanceIsLost,
    /// The home agrees to a claim without a look at what is out.
    ClaimsBlindly,
    /// The home grants weight for a value that is gone.
    UpgradesTheDead,
    /// What must be asked is told.
    ReportsOneWay,
    /// A clone through a copy asks for nothing.
    CopiesGrant,
    /// A claim leaves weight behind, of which others of the node make handles meanwhile.
    ClaimLeavesWeight,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Mail {
    /// Handles, each with its weight.
    Image(Vec<u64>),
    Acquire,
    Upgrade,
    Give {
        weight: u128,
        balance: i64,
        asked: bool,
    },
    Claim {
        weight: u128,
    },
    Granted(u64),
    /// The answer to a Give, a Claim or an Upgrade.
    Answered(bool),
}

/// What a thread of a node waits for. A node has one that may; others do meanwhile what needs no wait.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Wait {
    /// Weight for a clone through a copy, whose lender keeps a handle meanwhile.
    Acquire {
        lender: usize,
    },
    /// Weight for the rest of an image.
    Refill(Leaving),
    /// The answer to a report, before an image leaves.
    Report(Leaving),
    /// The answer to the drop of the last handle here.
    Close,
    /// The answer to a claim, which took so much along.
    Claim {
        weight: u128,
    },
    Upgrade,
}

/// An image being packed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Leaving {
    to: usize,
    /// Handles that have yet to be packed.
    left: u8,
    image: Vec<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Clone(usize),
    CloneThroughCopy { node: usize, lender: usize },
    Drop(usize),
    Send { from: usize, to: usize, handles: u8 },
    Claim(usize),
    Upgrade(usize),
    Deliver(usize),
}

/// What became of the object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fate {
    Lives,
    Ended,
    /// Its only owner took it.
    Claimed,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    bounds: Bounds,
    fault: Fault,
    /// Handles at home, of which the home's rules know only by the count.
    own: u64,
    count: i64,
    ledger: Ledger,
    accounts: [Account; NODES],
    /// Sender, receiver and message, sorted: any may arrive next.
    mail: Vec<(usize, usize, Mail)>,
    waits: [Option<Wait>; NODES],
    /// Handles that must stay: a copy is lent from them, or a thread is at them.
    kept: [u64; NODES],
    fate: Fate,
}

type Checked = Result<(), String>;

impl World {
    pub fn new(bounds: Bounds, fault: Fault) -> World {
        World {
            bounds,
            fault,
            own: 1,
            count: 1,
            ledger: Ledger::NONE,
            accounts: [Account::NONE; NODES],
            mail: Vec::new(),
            waits: [const { None }; NODES],
            kept: [0; NODES],
            fate: Fate::Lives,
        }
    }

    fn handles(&self, node: usize) -> u64 {
        if node == 0 { self.own } else { self.accounts[node].present() }
    }

    /// Handles that a thread of the node may do something with.
    fn free(&self, node: usize) -> u64 {
        self.handles(node) - self.kept[node]
    }

    /// Handles of all nodes, those under way included.
    fn all(&self) -> u64 {
        let here: u64 = (0..NODES).map(|node| self.handles(node)).sum();
        let sent: usize =
            self.mail.iter().map(|(_, _, mail)| if let Mail::Image(of) = mail { of.len() } else { 0 }).sum();
        let packed = self.waits.iter().flatten().map(|wait| match wait {
            Wait::Refill(leaving) | Wait::Report(leaving) => leaving.image.len(),
            Wait::Claim { .. } => 1,
            _ => 0,
        });
        here + (sent + packed.sum::<usize>()) as u64
    }

    pub fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<_> = (0..self.mail.len()).map(Step::Deliver).collect();
        if self.fate != Fate::Lives {
            return steps;
        }
        for node in 0..NODES {
            let free = self.free(node);
            if self.waits[node].is_some() {
                let clones = free > 0 && self.bounds.clones > 0;
                steps.extend(clones.then_some(Step::Clone(node)));
                steps.extend((free > 0 && !self.bounds.asks).then_some(Step::Drop(node)));
                let upgrades = self.bounds.upgrades > 0 && self.accounts[node].weight() > 0;
                steps.extend(upgrades.then_some(Step::Upgrade(node)));
                continue;
            }
            if free > 0 {
                steps.push(Step::Drop(node));
                steps.extend((self.bounds.clones > 0).then_some(Step::Clone(node)));
                steps.extend((self.bounds.claims > 0).then_some(Step::Claim(node)));
            }
            if self.bounds.sends > 0 {
                let sends = (1..=free.min(2)).flat_map(|handles| {
                    let others = (0..NODES).filter(move |&to| to != node);
                    others.map(move |to| Step::Send { from: node, to, handles: handles as u8 })
                });
                steps.extend(sends);
            }
            if node != 0 && self.bounds.copies > 0 {
                let lenders = (0..NODES).filter(|&lender| lender != node && self.free(lender) > 0);
                steps.extend(lenders.map(|lender| Step::CloneThroughCopy { node, lender }));
            }
            steps.extend((node != 0 && self.bounds.upgrades > 0).then_some(Step::Upgrade(node)));
        }
        steps
    }

    pub fn take(&mut self, step: Step, used: &mut BTreeSet<String>) -> Checked {
        match step {
            Step::Clone(node) => {
                self.bounds.clones -= 1;
                self.clone_one(node, used)
            }
            Step::CloneThroughCopy { node, lender } => {
                self.bounds.copies -= 1;
                if self.fault == Fault::CopiesGrant && self.accounts[node].weight() == 0 {
                    return self.account(node, Event::Acquired { weight: 1 }, used).map(drop);
                }
                match self.account(node, Event::Clone, used)? {
                    Action::Go => Ok(()),
                    Action::Ask => {
                        self.kept[lender] += 1;
                        self.wait(node, Wait::Acquire { lender }, Mail::Acquire)
                    }
                    other => Err(format!("a clone asks for {other:?}")),
                }
            }
            Step::Drop(node) => self.drop_one(node, used),
            Step::Send { from, to, handles } => {
                self.bounds.sends -= 1;
                self.leave(from, Leaving { to, left: handles, image: Vec::new() }, used)
            }
            Step::Claim(node) => {
                self.bounds.claims -= 1;
                self.claim(node, used)
            }
            Step::Upgrade(node) => {
                self.bounds.upgrades -= 1;
                match self.account(node, Event::Clone, used)? {
                    Action::Go => Ok(()),
                    Action::Ask => self.wait(node, Wait::Upgrade, Mail::Upgrade),
                    other => Err(format!("an upgrade asks for {other:?}")),
                }
            }
            Step::Deliver(at) => {
                let (from, to, mail) = self.mail.remove(at);
                if to == 0 { self.serve(from, mail, used) } else { self.receive(to, mail, used) }
            }
        }
    }

    fn wait(&mut self, node: usize, wait: Wait, mail: Mail) -> Checked {
        self.waits[node] = Some(wait);
        self.post(node, 0, mail);
        Ok(())
    }

    fn post(&mut self, from: usize, to: usize, mail: Mail) {
        self.mail.push((from, to, mail));
        self.mail.sort();
    }

    fn account(&mut self, node: usize, event: Event, used: &mut BTreeSet<String>) -> Result<Action, String> {
        let (account, action) = self.accounts[node].step(event).map_err(|illegal| format!("{event:?}: {illegal}"))?;
        let taken = match action {
            Action::Carry { report: Some(_), .. } => "Carry and report".to_owned(),
            other => first_word(&other),
        };
        used.insert(format!("{} {taken}", first_word(&event)));
        self.accounts[node] = account;
        Ok(action)
    }

    /// A step of the ledger, whose change to the count may end the object.
    fn ledger(&mut self, event: HomeEvent, used: &mut BTreeSet<String>) -> Result<(u64, bool), String> {
        let step = self.ledger.step(event).map_err(|illegal| format!("{event:?}: {illegal}"))?;
        used.insert(format!("home {} {}{}", first_word(&event), if step.count < 0 { "" } else { "+" }, step.count));
        self.ledger = step.ledger;
        self.count += step.count;
        Ok((step.minted, step.count < 0 && self.count == 0))
    }

    fn end(&mut self) -> Checked {
        if self.fate != Fate::Lives {
            return Err("the object ends twice".to_owned());
        }
        self.fate = Fate::Ended;
        if self.all() > 0 { Err(format!("the object ends with {} handles left", self.all())) } else { Ok(()) }
    }

    fn clone_one(&mut self, node: usize, used: &mut BTreeSet<String>) -> Checked {
        if node == 0 {
            (self.own, self.count) = (self.own + 1, self.count + 1);
            return Ok(());
        }
        match self.account(node, Event::Clone, used)? {
            Action::Go => Ok(()),
            other => Err(format!("a clone of a handle here asks for {other:?}")),
        }
    }

    fn drop_one(&mut self, node: usize, used: &mut BTreeSet<String>) -> Checked {
        if node == 0 {
            (self.own, self.count) = (self.own - 1, self.count - 1);
            let last = self.count == 0 || self.fault == Fault::EndsWithItsOwn && self.own == 0;
            return if last { self.end() } else { Ok(()) };
        }
        match self.account(node, Event::Drop, used)? {
            Action::Go => Ok(()),
            Action::Give(Report { weight, balance }) => {
                let asked = self.bounds.asks;
                self.post(node, 0, Mail::Give { weight, balance, asked });
                if asked {
                    self.waits[node] = Some(Wait::Close);
                }
                Ok(())
            }
            other => Err(format!("a drop asks for {other:?}")),
        }
    }

    fn leave(&mut self, node: usize, mut leaving: Leaving, used: &mut BTreeSet<String>) -> Checked {
        while leaving.left > 0 {
            let first = leaving.image.is_empty();
            if node == 0 {
                let mint = if first { self.bounds.mint } else { 1 };
                self.own -= 1;
                leaving.image.push(self.ledger(HomeEvent::Left { mint }, used)?.0);
                leaving.left -= 1;
                continue;
            }
            let before = self.accounts[node];
            match self.account(node, Event::Depart { first }, used)? {
                Action::Ask => {
                    self.kept[node] += u64::from(leaving.left);
                    return self.wait(node, Wait::Refill(leaving), Mail::Acquire);
                }
                Action::Carry { mut weight, report } => {
                    if self.fault == Fault::LastLeavesSome && before.present() == 1 && weight > 1 {
                        weight -= 1;
                    }
                    leaving.image.push(weight);
                    leaving.left -= 1;
                    if let Some(report) = report.filter(|_| self.fault != Fault::BalanceIsLost) {
                        let Report { weight, balance } = report;
                        let asked = self.bounds.asks && self.fault != Fault::ReportsOneWay;
                        self.post(node, 0, Mail::Give { weight, balance, asked });
                        if asked {
                            self.waits[node] = Some(Wait::Report(leaving));
                            return Ok(());
                        }
                    }
                }
                other => return Err(format!("a departure asks for {other:?}")),
            }
        }
        self.post(node, leaving.to, Mail::Image(leaving.image));
        Ok(())
    }

    fn claim(&mut self, node: usize, used: &mut BTreeSet<String>) -> Checked {
        if node == 0 {
            return if self.count == 1 { self.claimed(0) } else { Ok(()) };
        }
        match self.account(node, Event::Claim, used)? {
            Action::Refuse => Ok(()),
            Action::Claim { weight } => {
                if self.fault == Fault::ClaimLeavesWeight {
                    self.account(node, Event::Kept { weight }, used)?;
                    self.kept[node] += 1;
                    return self.wait(node, Wait::Claim { weight: 0 }, Mail::Claim { weight });
                }
                self.wait(node, Wait::Claim { weight }, Mail::Claim { weight })
            }
            other => Err(format!("a claim asks for {other:?}")),
        }
    }

    fn claimed(&mut self, node: usize) -> Checked {
        self.fate = Fate::Claimed;
        let others = self.all() - 1;
        if others > 0 { Err(format!("node {node} is alone with {others} others")) } else { Ok(()) }
    }

    /// The home's part.
    fn serve(&mut self, from: usize, mail: Mail, used: &mut BTreeSet<String>) -> Checked {
        let mint = self.bounds.mint;
        match mail {
            Mail::Image(weights) => {
                for weight in weights {
                    self.own += 1;
                    self.ledger(HomeEvent::Arrived { weight }, used)?;
                }
            }
            Mail::Acquire if self.fault == Fault::GrantsUnwritten => self.post(0, from, Mail::Granted(mint)),
            Mail::Acquire if self.count == 0 => return Err("weight is asked of an object that has ended".to_owned()),
            Mail::Acquire => self.grant(from, used)?,
            Mail::Upgrade if self.count == 0 && self.fault != Fault::UpgradesTheDead => {
                used.insert("home Upgrade refused".to_owned());
                self.post(0, from, Mail::Answered(false));
            }
            Mail::Upgrade => self.grant(from, used)?,
            Mail::Give { weight, balance, asked } => {
                let (_, last) = self.ledger(HomeEvent::Given { weight, balance }, used)?;
                if last {
                    self.end()?;
                    if self.bounds.asks && !asked {
                        return Err("the value ends where no thread can be given it".to_owned());
                    }
                }
                if asked {
                    self.post(0, from, Mail::Answered(last));
                }
            }
            Mail::Claim { weight } => {
                let blind = self.fault == Fault::ClaimsBlindly && self.count == 1;
                let agreed = blind || self.ledger.is_sole(weight, self.count as u64);
                used.insert(format!("home Claim {}", if agreed { "agreed" } else { "refused" }));
                if agreed {
                    (self.count, self.ledger) = (0, Ledger::NONE);
                    self.claimed(from)?;
                }
                self.post(0, from, Mail::Answered(agreed));
            }
            Mail::Granted(_) | Mail::Answered(_) => return Err("the home asks nobody".to_owned()),
        }
        Ok(())
    }

    fn grant(&mut self, to: usize, used: &mut BTreeSet<String>) -> Checked {
        let (minted, _) = self.ledger(HomeEvent::Granted { mint: self.bounds.mint }, used)?;
        self.post(0, to, Mail::Granted(minted));
        Ok(())
    }

    /// What another node does with what comes.
    fn receive(&mut self, node: usize, mail: Mail, used: &mut BTreeSet<String>) -> Checked {
        if let Mail::Image(weights) = mail {
            return weights
                .into_iter()
                .try_for_each(|weight| self.account(node, Event::Land { weight }, used).map(drop));
        }
        let wait = self.waits[node].take().ok_or("an answer comes to nobody")?;
        match (wait, mail) {
            (Wait::Acquire { lender }, Mail::Granted(weight)) => {
                self.kept[lender] -= 1;
                self.account(node, Event::Acquired { weight }, used).map(drop)
            }
            (Wait::Upgrade, Mail::Granted(weight)) => self.account(node, Event::Acquired { weight }, used).map(drop),
            (Wait::Refill(leaving), Mail::Granted(weight)) => {
                self.kept[node] -= u64::from(leaving.left);
                self.account(node, Event::Refilled { weight }, used)?;
                self.leave(node, leaving, used)
            }
            (Wait::Report(leaving), Mail::Answered(false)) => self.leave(node, leaving, used),
            (Wait::Claim { weight: 0 }, Mail::Answered(_)) => {
                self.kept[node] -= 1;
                Ok(())
            }
            (Wait::Claim { weight }, Mail::Answered(agreed)) => {
                let event = if agreed { Event::Claimed } else { Event::Kept { weight } };
                self.account(node, event, used).map(drop)
            }
            (Wait::Close | Wait::Upgrade, Mail::Answered(_)) => Ok(()),
            (wait, mail) => Err(format!("{wait:?} is answered by {mail:?}")),
        }
    }

    /// What must hold in every world.
    pub fn check(&self) -> Checked {
        if self.fate == Fate::Claimed {
            return Ok(());
        }
        let out = self.ledger.out();
        let weight = self.weight();
        if weight != out && self.fault != Fault::CopiesGrant {
            return Err(format!("{out} is out, and {weight} is to be found"));
        }
        if self.count != self.own as i64 + i64::from(out > 0) {
            return Err(format!("the home counts {} with {} handles and {out} out", self.count, self.own));
        }
        if !self.mail.is_empty() || self.waits.iter().any(Option::is_some) {
            return Ok(());
        }
        self.check_at_rest()
    }

    fn weight(&self) -> u128 {
        let mail = self.mail.iter().map(|(_, _, mail)| match mail {
            Mail::Image(weights) => weights.iter().map(|&weight| u128::from(weight)).sum(),
            Mail::Give { weight, .. } => *weight,
            Mail::Granted(weight) => u128::from(*weight),
            Mail::Acquire | Mail::Upgrade | Mail::Claim { .. } | Mail::Answered(_) => 0,
        });
        let packed = self.waits.iter().flatten().map(|wait| match wait {
            Wait::Refill(leaving) | Wait::Report(leaving) => {
                leaving.image.iter().map(|&weight| u128::from(weight)).sum()
            }
            Wait::Claim { weight } => *weight,
            _ => 0,
        });
        self.accounts.iter().map(Account::weight).chain(mail).chain(packed).sum()
    }

    /// What must hold when nothing is under way.
    fn check_at_rest(&self) -> Checked {
        let all = self.all();
        if (all == 0) != (self.fate == Fate::Ended) {
            return Err(format!("{all} handles, and the object: {:?}", self.fate));
        }
        let balances: i64 = self.accounts.iter().map(Account::balance).sum();
        let known = self.own as i64 + self.ledger.afar() + balances;
        if known != all as i64 {
            return Err(format!("{known} handles are counted, of {all}"));
        }
        if all == 1 && !(0..NODES).any(|node| self.may_claim(node)) {
            return Err("an only handle could not be claimed".to_owned());
        }
        Ok(())
    }

    fn may_claim(&self, node: usize) -> bool {
        match node {
            0 => self.own == 1 && self.count == 1,
            _ => {
                let sole = self.ledger.is_sole(self.accounts[node].weight(), self.count as u64);
                sole && self.accounts[node].step(Event::Claim).is_ok()
            }
        }
    }
}

fn first_word(shown: &impl std::fmt::Debug) -> String {
    let shown = format!("{shown:?}");
    shown.split(['(', ' ']).next().unwrap_or_default().to_owned()
}
