//! OTP's cases, as far as a `supervise` block can express them. Numbers are those of the cases in OTP's own suite, in order.

use expect_test::{Expect, expect};

use super::*;

const S: u64 = 1_000_000_000;

/// A supervisor with children `a`, `b`, … that obey, and a log of what happens.
struct World {
    machine: Machine,
    log: Vec<String>,
    incarnations: Vec<u32>,
    now: u64,
    /// Children that do not end when asked to.
    deaf: Vec<ChildId>,
    /// The starts that fail of children with a start phase: which child, and which of its incarnations.
    failing: Vec<(ChildId, u32)>,
}

fn child(restart: Restart) -> ChildSettings {
    ChildSettings {
        restart,
        shutdown: 5 * S,
        start: None,
        after: Vec::new(),
        declaration: 0,
        significant: false,
        pooled: false,
    }
}

impl World {
    fn new(strategy: Strategy, max: u32, restarts: &[Restart]) -> World {
        World::with(
            Settings { strategy, max, period: 10 * S, ..Settings::default() },
            restarts.iter().map(|&restart| child(restart)).collect(),
        )
    }

    fn with(settings: Settings, children: Vec<ChildSettings>) -> World {
        World::failing(settings, children, &[])
    }

    fn failing(settings: Settings, children: Vec<ChildSettings>, failing: &[(ChildId, u32)]) -> World {
        let mut machine = Machine::new(settings);
        let count = children.len();
        for (index, mut child) in children.into_iter().enumerate() {
            child.declaration = index as u32;
            machine.add(child);
        }
        let mut world = World {
            machine,
            log: Vec::new(),
            incarnations: vec![0; count],
            now: 0,
            deaf: Vec::new(),
            failing: failing.to_vec(),
        };
        world.machine.start(0);
        world.settle();
        world
    }

    fn name(&self, id: ChildId) -> String {
        format!("{}{}", (b'a' + (id % 26) as u8) as char, self.incarnations[id])
    }

    /// Does what the machine says, until it says nothing.
    fn settle(&mut self) {
        loop {
            let actions = self.machine.take_actions();
            if actions.is_empty() {
                break;
            }
            for action in actions {
                match action {
                    Action::Start(id) => {
                        self.incarnations[id] += 1;
                        if self.failing.contains(&(id, self.incarnations[id])) {
                            self.log.push(format!("fails {}", self.name(id)));
                            self.machine.ended(id, End::Crashed, self.now);
                            continue;
                        }
                        self.log.push(format!("+{}", self.name(id)));
                        self.machine.has_started(id, self.now);
                    }
                    Action::Stop(id) if self.deaf.contains(&id) => {
                        self.log.push(format!("asked {}", self.name(id)));
                    }
                    Action::Stop(id) => {
                        self.log.push(format!("-{}", self.name(id)));
                        self.machine.ended(id, End::Shutdown, self.now);
                    }
                    Action::Kill(id) => {
                        self.log.push(format!("!{}", self.name(id)));
                        self.machine.ended(id, End::Killed, self.now);
                    }
                    Action::Answer(token, answer) => self.log.push(format!("{token}: {answer:?}")),
                }
            }
        }
    }

    fn end(&mut self, id: ChildId, end: End) -> &mut World {
        self.log.push(format!("{} {}", self.name(id), format!("{end:?}").to_lowercase()));
        self.machine.ended(id, end, self.now);
        self.settle();
        self
    }

    fn crash(&mut self, id: ChildId) -> &mut World {
        self.end(id, End::Crashed)
    }

    fn wait(&mut self, ns: u64) -> &mut World {
        self.now += ns;
        self.log.push(format!("{}s", self.now as f64 / S as f64));
        self.machine.tick(self.now);
        self.settle();
        self
    }

    fn stop(&mut self) -> &mut World {
        self.log.push("stop".into());
        self.machine.stop(self.now);
        self.settle();
        self
    }

    fn check(&mut self, expected: Expect) {
        if let Some(exit) = self.machine.exit() {
            self.log.push(format!("{exit:?}"));
        }
        expected.assert_eq(&self.log.join(", "));
    }
}

use Restart::{Permanent, Temporary, Transient};
use Strategy::{OneForAll, OneForOne, RestForOne};

const THREE: [Restart; 3] = [Permanent; 3];

#[test]
fn starts_in_order_and_stops_in_reverse() {
    World::new(OneForOne, 3, &THREE).stop().check(expect!["+a1, +b1, +c1, stop, -c1, -b1, -a1, Shutdown"]);
}

#[test]
fn permanent_is_restarted_after_every_end() {
    World::new(OneForOne, 9, &[Permanent])
        .end(0, End::Normal)
        .end(0, End::Shutdown)
        .crash(0)
        .end(0, End::Killed)
        .check(expect!["+a1, a1 normal, +a2, a2 shutdown, +a3, a3 crashed, +a4, a4 killed, +a5"]);
}

#[test]
fn permanent_is_done_when_it_has_nothing_to_receive_from() {
    World::new(OneForOne, 9, &[Permanent, Permanent])
        .end(0, End::Finished)
        .crash(1)
        .end(1, End::Finished)
        .check(expect!["+a1, +b1, a1 finished, b1 crashed, +b2, b2 finished, Normal"]);
}

#[test]
fn transient_is_restarted_after_a_crash_only() {
    World::new(OneForOne, 9, &[Transient, Permanent])
        .crash(0)
        .end(0, End::Killed)
        .end(0, End::Normal)
        .check(expect!["+a1, +b1, a1 crashed, +a2, a2 killed, +a3, a3 normal"]);
}

#[test]
fn temporary_is_never_restarted() {
    World::new(OneForOne, 9, &[Temporary, Permanent]).crash(0).check(expect!["+a1, +b1, a1 crashed"]);
}

#[test]
fn ends_when_all_children_are_done() {
    World::new(OneForOne, 9, &[Temporary, Transient])
        .end(1, End::Normal)
        .crash(0)
        .check(expect!["+a1, +b1, b1 normal, a1 crashed, Normal"]);
}

#[test]
fn one_for_one_replaces_the_failed_child_only() {
    World::new(OneForOne, 9, &THREE).crash(1).check(expect!["+a1, +b1, +c1, b1 crashed, +b2"]);
}

#[test]
fn one_for_all_replaces_all() {
    World::new(OneForAll, 9, &THREE)
        .crash(1)
        .check(expect!["+a1, +b1, +c1, b1 crashed, -c1, -a1, +a2, +b2, +c2"]);
}

#[test]
fn rest_for_one_replaces_those_behind() {
    World::new(RestForOne, 9, &THREE).crash(1).check(expect!["+a1, +b1, +c1, b1 crashed, -c1, +b2, +c2"]);
}

#[test]
fn a_temporary_bystander_is_stopped_and_stays_away() {
    World::new(OneForAll, 9, &[Permanent, Temporary])
        .crash(0)
        .crash(0)
        .check(expect!["+a1, +b1, a1 crashed, -b1, +a2, a2 crashed, +a3"]);
}

#[test]
fn more_restarts_than_allowed_end_it() {
    World::new(OneForOne, 2, &THREE)
        .crash(0)
        .crash(1)
        .crash(0)
        .check(expect!["+a1, +b1, +c1, a1 crashed, +a2, b1 crashed, +b2, a2 crashed, -c1, -b2, GaveUp(0)"]);
}

#[test]
fn one_for_all_counts_one_for_each_incident() {
    World::new(OneForAll, 2, &[Permanent; 2])
        .crash(0)
        .crash(1)
        .check(expect!["+a1, +b1, a1 crashed, -b1, +a2, +b2, b2 crashed, -a2, +a3, +b3"]);
}

#[test]
fn the_window_slides() {
    World::new(OneForOne, 1, &[Permanent])
        .crash(0)
        .wait(10 * S)
        .crash(0)
        .wait(9 * S)
        .crash(0)
        .check(expect!["+a1, a1 crashed, +a2, 10s, a2 crashed, +a3, 19s, a3 crashed, GaveUp(0)"]);
}

#[test]
fn no_restarts_allowed() {
    World::new(OneForOne, 0, &[Permanent]).crash(0).check(expect!["+a1, a1 crashed, GaveUp(0)"]);
}

#[test]
fn a_child_that_does_not_stop_in_time_is_killed() {
    let mut world = World::new(OneForOne, 3, &THREE);
    world.deaf.push(1);
    world
        .stop()
        .wait(4 * S)
        .wait(S)
        .check(expect!["+a1, +b1, +c1, stop, -c1, asked b1, 4s, 5s, !b1, -a1, Shutdown"]);
}

#[test]
fn deferred_calls_of_a_child_that_crashed_take_no_longer_than_its_stop() {
    let mut machine = World::new(OneForOne, 3, &THREE).machine;
    machine.take_actions();
    machine.unwinds(1, 10 * S);
    assert_eq!(machine.deadline(), 15 * S);
    machine.tick(15 * S);
    assert_eq!(machine.take_actions(), [Action::Kill(1)]);
    assert_eq!(machine.deadline(), FOREVER);
    machine.ended(1, End::Crashed, 15 * S);
    assert_eq!(machine.take_actions(), [Action::Start(1)]);
    // Who is done in time is not killed.
    machine.unwinds(0, 20 * S);
    machine.ended(0, End::Crashed, 21 * S);
    machine.tick(30 * S);
    assert_eq!(machine.take_actions(), [Action::Start(0)]);
}

#[test]
fn a_child_without_time_to_stop_is_killed_at_once() {
    let children = vec![ChildSettings { shutdown: 0, ..child(Permanent) }, child(Permanent)];
    World::with(Settings::default(), children).stop().check(expect!["+a1, +b1, stop, -b1, !a1, Shutdown"]);
}

#[test]
fn a_child_that_ends_by_itself_while_all_stop_is_not_restarted() {
    let mut world = World::new(OneForOne, 3, &THREE);
    world.deaf.push(2);
    world
        .stop()
        .crash(0)
        .end(2, End::Crashed)
        .check(expect!["+a1, +b1, +c1, stop, asked c1, a1 crashed, c1 crashed, -b1, Shutdown"]);
}

#[test]
fn a_failure_while_others_are_stopped_waits() {
    let mut world = World::new(RestForOne, 9, &THREE);
    world.deaf.push(2);
    // While c is stopped because of b, a fails, too: all are replaced then.
    world
        .crash(1)
        .crash(0)
        .end(2, End::Shutdown)
        .check(expect!["+a1, +b1, +c1, b1 crashed, asked c1, a1 crashed, c1 shutdown, +a2, +b2, +c2"]);
}

#[test]
fn backoff_doubles_up_to_its_limit_and_is_forgotten() {
    // How long each pause may last: what was said, and up to half of it more, but never more than the longest.
    let expected = [(S, 3 * S / 2), (2 * S, 3 * S), (4 * S, 5 * S), (5 * S, 5 * S), (5 * S, 5 * S)];
    let mut all = Vec::new();
    for seed in 1..200 {
        let settings =
            Settings { max: 99, period: 100 * S, backoff: (S, 5 * S), seed, ..Settings::default() };
        let mut world = World::with(settings, vec![child(Permanent)]);
        for (least, most) in expected {
            world.crash(0);
            let pause = world.machine.deadline() - world.now;
            assert!((least..=most).contains(&pause), "{pause} is not in {least}..{most}");
            all.push(pause);
            world.wait(pause);
        }
        // It ran for longer than any pause: it begins with the first again.
        world.wait(6 * S).crash(0);
        assert!((S..=3 * S / 2).contains(&(world.machine.deadline() - world.now)));
    }
    all.sort_unstable();
    all.dedup();
    assert!(all.len() > 100, "the pauses are not spread: {}", all.len());
}

#[test]
fn stop_ends_a_restart_that_waits() {
    let settings = Settings { backoff: (S, S), ..Settings::default() };
    World::with(settings, vec![child(Permanent)])
        .crash(0)
        .stop()
        .check(expect!["+a1, a1 crashed, stop, Shutdown"]);
}

#[test]
fn dependents_are_replaced_with_what_they_depend_on() {
    let children = vec![
        child(Permanent),
        ChildSettings { after: vec![0], ..child(Permanent) },
        child(Permanent),
        ChildSettings { after: vec![1], ..child(Permanent) },
    ];
    World::with(Settings::default(), children)
        .crash(0)
        .check(expect!["+a1, +b1, +c1, +d1, a1 crashed, -d1, -b1, +a2, +b2, +d2"]);
}

#[test]
fn a_child_stopped_by_name_stays_stopped() {
    let mut world = World::new(OneForOne, 3, &THREE);
    world.machine.stop_children(vec![1], None, 0);
    world.settle();
    world.crash(0).stop().check(expect!["+a1, +b1, +c1, -b1, a1 crashed, +a2, stop, -c1, -a2, Shutdown"]);
}

#[test]
fn the_normal_end_of_a_significant_child_ends_all() {
    let children = vec![child(Permanent), ChildSettings { significant: true, ..child(Transient) }];
    World::with(Settings::default(), children)
        .crash(1)
        .end(1, End::Normal)
        .check(expect!["+a1, +b1, b1 crashed, +b2, b2 normal, -a1, Normal"]);
}

#[test]
fn ten_thousand_children_take_linear_time() {
    let mut world = World::new(OneForOne, 3, &vec![Permanent; 10_000]);
    world.log.clear();
    world.stop();
    assert_eq!(world.log.len(), 10_001);
}

const PHASE: ChildSettings = ChildSettings {
    restart: Permanent,
    shutdown: 5 * S,
    start: Some(5 * S),
    after: Vec::new(),
    declaration: 0,
    significant: false,
    pooled: false,
};

fn three_phases(strategy: Strategy, max: u32, failing: &[(ChildId, u32)]) -> World {
    let settings = Settings { strategy, max, period: 10 * S, ..Settings::default() };
    World::failing(settings, vec![PHASE; 3], failing)
}

#[test]
fn a_first_start_that_fails_stops_what_was_started() {
    three_phases(OneForOne, 3, &[(2, 1)]).check(expect!["+a1, +b1, fails c1, -b1, -a1, StartFailed(2)"]);
}

#[test]
fn a_start_that_fails_again_is_tried_again() {
    three_phases(OneForOne, 3, &[(1, 2), (1, 3)])
        .crash(1)
        .check(expect!["+a1, +b1, +c1, b1 crashed, fails b2, fails b3, +b4"]);
    three_phases(OneForAll, 3, &[(1, 2)])
        .crash(0)
        .check(expect!["+a1, +b1, +c1, a1 crashed, -c1, -b1, +a2, fails b2, -a2, +a3, +b3, +c2"]);
    // OTP's case 45: what has started again stays.
    three_phases(RestForOne, 3, &[(1, 2)])
        .crash(0)
        .check(expect!["+a1, +b1, +c1, a1 crashed, -c1, -b1, +a2, fails b2, +b3, +c2"]);
    three_phases(OneForAll, 2, &[(1, 2), (1, 3), (1, 4)]).crash(1).check(expect![
        "+a1, +b1, +c1, b1 crashed, -c1, -a1, +a2, fails b2, -a2, +a3, fails b3, -a3, GaveUp(1)"
    ]);
}

#[test]
fn a_start_by_hand_that_fails_changes_nothing() {
    let mut world = three_phases(OneForOne, 3, &[(0, 2), (3, 1)]);
    world.machine.stop_children(vec![0], Some(1), 0);
    world.settle();
    world.machine.restart_children(vec![0], 2, 0);
    world.settle();
    world.machine.restart_children(vec![0], 3, 0);
    world.settle();
    world.incarnations.push(0);
    let id = world.machine.add_late(PHASE);
    world.machine.start_late(vec![id], Some(4), 0);
    world.settle();
    assert_eq!(world.machine.state_of(id), None);
    world.check(expect![
        "+a1, +b1, +c1, -a1, 1: Done, fails a2, 2: StartFailed, +a3, 3: Done, fails d1, 4: StartFailed"
    ]);
}

#[test]
fn a_start_that_takes_too_long_is_killed() {
    let mut machine = Machine::new(Settings::default());
    machine.add(PHASE);
    machine.start(0);
    assert_eq!(machine.take_actions(), [Action::Start(0)]);
    assert_eq!(machine.deadline(), 5 * S);
    machine.tick(5 * S);
    assert_eq!(machine.take_actions(), [Action::Kill(0)]);
    machine.ended(0, End::Killed, 5 * S);
    assert_eq!(machine.exit(), Some(Exit::StartFailed(0)));
}

#[test]
fn workers_of_one_pool_are_stopped_together() {
    let mut machine = Machine::new(Settings::default());
    for declaration in [0, 1, 1, 1, 2] {
        machine.add(ChildSettings { declaration, ..child(Permanent) });
    }
    machine.start(0);
    machine.take_actions();
    machine.stop(0);
    assert_eq!(machine.take_actions(), [Action::Stop(4)]);
    machine.ended(4, End::Shutdown, 0);
    assert_eq!(machine.take_actions(), [Action::Stop(3), Action::Stop(2), Action::Stop(1)]);
    machine.ended(2, End::Shutdown, 0);
    machine.ended(3, End::Crashed, 0);
    assert_eq!(machine.take_actions(), []);
    machine.ended(1, End::Normal, 0);
    assert_eq!(machine.take_actions(), [Action::Stop(0)]);
}

#[test]
fn all_significant_children_or_the_first() {
    let significant = |restart| ChildSettings { significant: true, ..child(restart) };
    let children = || vec![significant(Transient), significant(Temporary), child(Permanent)];
    let settings = |auto_shutdown| Settings { auto_shutdown, ..Settings::default() };
    World::with(settings(AutoShutdown::Any), children())
        .end(1, End::Killed)
        .check(expect!["+a1, +b1, +c1, b1 killed, -c1, -a1, Normal"]);
    World::with(settings(AutoShutdown::All), children())
        .end(1, End::Killed)
        .crash(0)
        .end(0, End::Shutdown)
        .check(expect!["+a1, +b1, +c1, b1 killed, a1 crashed, +a2, a2 shutdown, -c1, Normal"]);
    World::with(settings(AutoShutdown::Never), children())
        .end(1, End::Normal)
        .end(0, End::Normal)
        .check(expect!["+a1, +b1, +c1, b1 normal, a1 normal"]);
}

#[test]
fn places_of_forgotten_children_are_used_again() {
    let mut machine = Machine::new(Settings { max: 9, ..Settings::default() });
    machine.lasts(true);
    machine.start(0);
    for _ in 0..1000 {
        let id = machine.add_late(ChildSettings { pooled: true, ..child(Transient) });
        machine.start_late(vec![id], None, 0);
        machine.ended(id, End::Normal, 0);
        assert_eq!(id, 0);
    }
}
