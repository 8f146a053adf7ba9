//! What must be reachable, or the model would show nothing; and all properties, for the checker.

use stateright::Property;

use crate::case::Case;
use crate::invariants::{ALWAYS, Named, standing};
use crate::world::{Excuse, Step, Told, World};

/// What can happen. Each case names those that it is there to show.
pub(crate) const SOMETIMES: &[Named] = &[
    Named { name: "a binding is made", scenarios: &[], holds: |_, world| any_told(world, Told::Bound) },
    Named { name: "a binding is renewed", scenarios: &[], holds: |_, world| any_told(world, Told::Renewed) },
    Named { name: "a binding is removed", scenarios: &[], holds: |_, world| any_told(world, Told::Unbound) },
    Named {
        name: "a second click is told of the first",
        scenarios: &[],
        holds: |_, world| any_told(world, Told::AsBefore),
    },
    Named { name: "a stranger is turned away", scenarios: &[], holds: |_, world| any_told(world, Told::NotTheStarter) },
    Named { name: "a state was used already", scenarios: &[], holds: |_, world| any_told(world, Told::AlreadyUsed) },
    Named {
        name: "a loser's token is revoked while the winner's is stored",
        scenarios: &[],
        holds: |_, world| world.tokens.iter().any(|it| it.revoked) && standing(world).next().is_some(),
    },
    Named {
        name: "a revocation waits in the queue when all is over",
        scenarios: &[],
        holds: |_, world| {
            let is_over = world.processes.iter().all(|it| matches!(it.at, Step::Over(_)));
            is_over && world.rows.iter().any(|row| !row.queue.is_empty())
        },
    },
    Named {
        name: "a crash loses a token",
        scenarios: &[],
        holds: |_, world| {
            let is_killed = world.processes.iter().any(|it| it.at == Step::Killed);
            is_killed && world.tokens.iter().any(|it| it.excuse == Some(Excuse::Window))
        },
    },
    Named { name: "a late write is refused", scenarios: &[], holds: |_, world| world.happened.late_refused },
    Named {
        name: "a token whose fate is unknown is stored after all",
        scenarios: &[],
        holds: |_, world| standing(world).any(|it| world.tokens[usize::from(it)].excuse == Some(Excuse::Unknown)),
    },
];

/// All of them, for the checker.
pub(crate) fn properties() -> Vec<Property<Case>> {
    let always = ALWAYS.iter().map(|it| Property::always(it.name, it.holds));
    always.chain(SOMETIMES.iter().map(|it| Property::sometimes(it.name, it.holds))).collect()
}

fn any_told(world: &World, told: Told) -> bool {
    world.processes.iter().any(|it| it.at == Step::Over(told))
}
