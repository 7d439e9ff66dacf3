//! The exhaustive model of tasks that move: three nodes, of which node 0 has spawned the task, and every order of
//! steps, wishes, orders and messages. Messages overtake each other in every way, also those of one pair of nodes.
//!
//! In every world:
//!
//! 1. the task is in one place, a node or a message, until it has ended once;
//! 2. no node says what another finds wrong;
//! 3. a step that was wished for on a node is taken there;
//! 4. where nothing can happen any more, the home has delivered one result, which is the number of the steps that were
//!    taken, and remembers nothing.
//!
//! Then the rules are broken, one at a time, and each time one of these fails.

use drust_proto::Rank;
use drust_proto::sharing::migrate::{End, Home, HomeEvent, HomeStep, Hop, Next, Seat, Wish};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

const NODES: u16 = 3;
const HOME: Rank = Rank(0);
const STEPS: u8 = 3;
const MOVES: u64 = 3;
const ORDERS: u8 = 2;

/// A rule that is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Planted {
    /// None is.
    Nothing,
    /// The home delivers an end at once.
    EndIsBelieved,
    /// A move that overtook another is not remembered.
    EarlyIsForgotten,
    /// Who sends the task to a third node does not tell the home.
    MoveIsUntold,
    /// The home does not note what itself sends.
    OwnMoveIsUntold,
    /// The home does not note what comes to itself.
    ReturnIsUntold,
    /// Who sends the task on keeps its seat.
    SeatIsKept,
    /// A task that is ordered away goes there after its last step, too.
    OrderOutlivesTheEnd,
    /// An order that finds no task is kept for one that comes.
    OrderMakesASeat,
    /// Moves bear the number of the one before.
    NumberIsUsedTwice,
    /// A node does not hear that a step was wished for there.
    WishIsUntold,
}

/// What is under way. The task's state is the number of its steps so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Message {
    Move { hop: Hop, wished: bool, steps: u8 },
    Moved(Hop),
    Done { end: End, steps: u8 },
    Order { at: Rank, to: Rank },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    home: Option<Home>,
    seats: [Option<Task>; NODES as usize],
    /// Where the next step was wished for.
    wished: Option<Rank>,
    messages: BTreeMap<Message, u8>,
    /// What the end left, while the home keeps it, and what it delivered.
    kept: Option<u8>,
    delivered: Vec<u8>,
    ended: bool,
    steps: u8,
    orders: u8,
}

/// A task on a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Task {
    seat: Seat,
    steps: u8,
    /// It takes a step.
    begun: bool,
}

#[derive(Clone, Copy, Debug)]
enum Choice {
    /// The task of this node is to take its first step there.
    Begin(Rank),
    /// The step that the task of this node takes ends with this wish.
    Go(Rank, Wish),
    Deliver(Message),
    Order {
        at: Rank,
        to: Rank,
    },
}

struct Model {
    planted: Planted,
    covered: BTreeSet<String>,
}

fn ranks() -> impl Iterator<Item = Rank> + Clone {
    (0..NODES).map(Rank)
}

impl World {
    fn start(at: Rank) -> World {
        let mut seats = [None; NODES as usize];
        seats[usize::from(at.0)] = Some(Task { seat: Seat::new(at, 0, false), steps: 0, begun: false });
        World {
            home: Some(Home::new(at)),
            seats,
            wished: None,
            messages: BTreeMap::new(),
            kept: None,
            delivered: Vec::new(),
            ended: false,
            steps: 0,
            orders: ORDERS,
        }
    }

    fn send(&mut self, message: Message) {
        *self.messages.entry(message).or_default() += 1;
    }

    fn take(&mut self, message: Message) {
        let count = self.messages.get_mut(&message).expect("it is under way");
        *count -= 1;
        if *count == 0 {
            self.messages.remove(&message);
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices: Vec<_> = self.messages.keys().copied().map(Choice::Deliver).collect();
        for (at, seat) in ranks().zip(&self.seats) {
            let Some(Task { seat, steps, begun }) = seat else { continue };
            if !begun {
                choices.push(Choice::Begin(at));
                continue;
            }
            choices.push(Choice::Go(at, Wish::End));
            if *steps < STEPS {
                choices.push(Choice::Go(at, Wish::GoOn));
            }
            let may = |to: &Rank| if *to == at { *steps < STEPS } else { seat.moves() < MOVES };
            choices.extend(ranks().filter(may).map(|to| Choice::Go(at, Wish::To(to))));
        }
        if self.orders > 0 && !self.ended {
            let to = ranks();
            choices.extend(ranks().flat_map(|at| to.clone().map(move |to| Choice::Order { at, to })));
        }
        choices
    }

    fn check(&self, quiet: bool) -> Result<(), String> {
        let seats = self.seats.iter().flatten().count();
        let moving = self.messages.iter().filter(|(message, _)| matches!(message, Message::Move { .. }));
        let places = seats + moving.map(|(_, count)| usize::from(*count)).sum::<usize>() + usize::from(self.ended);
        if places != 1 {
            return Err(format!("the task is in {places} places"));
        }
        if quiet && (self.delivered != [self.steps] || self.home.is_some() || self.kept.is_some()) {
            return Err(format!("{} steps were taken, and {:?} was delivered", self.steps, self.delivered));
        }
        Ok(())
    }
}

impl Model {
    fn choose(&mut self, world: &mut World, choice: Choice) -> Result<(), String> {
        match choice {
            Choice::Begin(at) => self.next(world, at, Wish::GoOn),
            Choice::Go(at, wish) => {
                let task = world.seats[usize::from(at.0)].as_mut().expect("it has the task");
                task.steps += 1;
                world.steps += 1;
                if world.wished.take().is_some_and(|wished| wished != at) {
                    return Err("a step was taken elsewhere than was wished".into());
                }
                if let Wish::To(to) = wish {
                    world.wished = Some(to);
                }
                self.next(world, at, wish)
            }
            Choice::Order { at, to } => {
                world.orders -= 1;
                world.send(Message::Order { at, to });
                Ok(())
            }
            Choice::Deliver(message) => {
                world.take(message);
                match message {
                    Message::Move { hop, wished, steps } => self.arrive(world, hop, wished, steps),
                    Message::Moved(hop) => self.home(world, HomeEvent::Moved(hop)),
                    Message::Done { end, steps } => self.ended(world, end, steps),
                    Message::Order { at, to } => {
                        self.order(world, at, to);
                        Ok(())
                    }
                }
            }
        }
    }

    fn order(&mut self, world: &mut World, at: Rank, to: Rank) {
        let seat = &mut world.seats[usize::from(at.0)];
        match seat {
            Some(task) => task.seat.order(to),
            None if self.planted == Planted::OrderMakesASeat => {
                *seat = Some(Task { seat: Seat::new(at, 0, false), steps: 0, begun: false });
            }
            None => {}
        }
        self.covered.insert(format!("order {}", if seat.is_some() { "heeded" } else { "late" }));
    }

    fn next(&mut self, world: &mut World, at: Rank, wish: Wish) -> Result<(), String> {
        let index = usize::from(at.0);
        let Task { mut seat, steps, .. } = world.seats[index].expect("it has the task");
        let mut next = seat.next(wish);
        if self.planted == Planted::OrderOutlivesTheEnd && matches!(next, Next::End { .. }) {
            self.ended(world, End { by: at, moves: seat.moves() }, steps)?;
            next = seat.next(Wish::GoOn);
        }
        self.covered.insert(told(&format!("{wish:?}"), &format!("{next:?}")));
        world.seats[index] = None;
        match next {
            Next::Step => world.seats[index] = Some(Task { seat, steps, begun: true }),
            Next::End { moves } => {
                let end = End { by: at, moves };
                world.ended = true;
                if at == HOME {
                    return self.ended(world, end, steps);
                }
                world.send(Message::Done { end, steps });
            }
            Next::Leave { to, number, wished } => {
                let number = if self.planted == Planted::NumberIsUsedTwice { seat.moves() } else { number };
                let wished = wished && self.planted != Planted::WishIsUntold;
                return self.leave(world, Hop { number, by: at, to }, wished, (seat, steps));
            }
        }
        Ok(())
    }

    fn leave(&mut self, world: &mut World, hop: Hop, wished: bool, (seat, steps): (Seat, u8)) -> Result<(), String> {
        if self.planted == Planted::SeatIsKept {
            world.seats[usize::from(hop.by.0)] = Some(Task { seat, steps, begun: false });
        }
        world.send(Message::Move { hop, wished, steps });
        if hop.by == HOME && self.planted != Planted::OwnMoveIsUntold {
            return self.home(world, HomeEvent::Moved(hop));
        }
        if hop.by != HOME && hop.to != HOME && self.planted != Planted::MoveIsUntold {
            world.send(Message::Moved(hop));
        }
        Ok(())
    }

    fn arrive(&mut self, world: &mut World, hop: Hop, wished: bool, steps: u8) -> Result<(), String> {
        if hop.to == HOME && self.planted != Planted::ReturnIsUntold {
            self.home(world, HomeEvent::Moved(hop))?;
        }
        let seat = &mut world.seats[usize::from(hop.to.0)];
        if seat.replace(Task { seat: Seat::new(hop.to, hop.number, wished), steps, begun: false }).is_some() {
            return Err("a task came where it was".into());
        }
        Ok(())
    }

    fn ended(&mut self, world: &mut World, end: End, steps: u8) -> Result<(), String> {
        world.kept = Some(steps);
        if self.planted == Planted::EndIsBelieved {
            world.delivered.extend(world.kept.take());
            world.home = None;
            return Ok(());
        }
        self.home(world, HomeEvent::Ended(end))
    }

    fn home(&mut self, world: &mut World, event: HomeEvent) -> Result<(), String> {
        let home = world.home.as_mut().ok_or("a word about a task that the home has forgotten")?;
        let before = home.at();
        let step = home.step(event).map_err(|why| format!("the home: {why}"))?;
        if let (Planted::EarlyIsForgotten, HomeEvent::Moved(hop)) = (self.planted, event)
            && home.at() == before
            && hop.to != before
        {
            *home = Home::new(before);
        }
        self.covered.insert(told(&format!("{event:?}"), &format!("{step:?}")));
        if step == HomeStep::Deliver {
            world.delivered.extend(world.kept.take());
            world.home = None;
        }
        Ok(())
    }

    /// The number of worlds, or what is wrong and the way to it.
    fn explore(&mut self, begins_at: Rank) -> Result<usize, (String, Vec<Choice>)> {
        let start = World::start(begins_at);
        let mut seen = HashMap::from([(start.clone(), 0)]);
        let mut from: Vec<(usize, Option<Choice>)> = vec![(0, None)];
        let mut open = VecDeque::from([(start, 0)]);
        while let Some((world, at)) = open.pop_front() {
            let choices = world.choices();
            world.check(choices.is_empty()).map_err(|why| (why, way(&from, at)))?;
            for choice in choices {
                let mut next = world.clone();
                if let Err(why) = self.choose(&mut next, choice) {
                    let mut way = way(&from, at);
                    way.push(choice);
                    return Err((why, way));
                }
                if !seen.contains_key(&next) {
                    let number = from.len();
                    seen.insert(next.clone(), number);
                    from.push((at, Some(choice)));
                    open.push_back((next, number));
                }
            }
        }
        Ok(from.len())
    }
}

fn way(from: &[(usize, Option<Choice>)], mut at: usize) -> Vec<Choice> {
    let mut way = Vec::new();
    while let (before, Some(choice)) = from[at] {
        way.push(choice);
        at = before;
    }
    way.reverse();
    way
}

/// What of a machine's step counts as one transition.
fn told(event: &str, step: &str) -> String {
    let word = |text: &str| text.split([' ', '(']).next().unwrap_or_default().to_owned();
    format!("{} {}", word(event), word(step))
}

#[test]
fn the_task_is_in_one_place_and_ends_once() {
    let mut model = Model { planted: Planted::Nothing, covered: BTreeSet::new() };
    let mut worlds = 0;
    for begins_at in [HOME, Rank(1)] {
        worlds += model.explore(begins_at).unwrap_or_else(|(why, way)| panic!("{why}: {way:#?}"));
    }
    assert!(worlds > 10_000, "{worlds} worlds");
    let all = [
        "End End",
        "Ended Deliver",
        "Ended Wait",
        "GoOn Leave",
        "GoOn Step",
        "Moved Deliver",
        "Moved Wait",
        "To Leave",
        "To Step",
        "order heeded",
        "order late",
    ];
    assert!(model.covered.iter().eq(all.iter()), "{:#?}", model.covered);
}

#[test]
fn each_broken_rule_is_found() {
    let planted = [
        Planted::EndIsBelieved,
        Planted::EarlyIsForgotten,
        Planted::MoveIsUntold,
        Planted::OwnMoveIsUntold,
        Planted::ReturnIsUntold,
        Planted::SeatIsKept,
        Planted::OrderOutlivesTheEnd,
        Planted::OrderMakesASeat,
        Planted::NumberIsUsedTwice,
        Planted::WishIsUntold,
    ];
    for planted in planted {
        let mut model = Model { planted, covered: BTreeSet::new() };
        let (why, way) = model.explore(HOME).expect_err(&format!("{planted:?} is not found"));
        assert!(way.len() <= 12, "{planted:?}: {why}: {way:#?}");
    }
}
