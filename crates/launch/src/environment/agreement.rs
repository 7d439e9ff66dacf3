//! Whether the settings agree with each other, and which of them have no effect.

use super::membership::{self, OF_LAUNCHER};
use super::{
    CARRIER, COORDINATOR, Carrier, ENCRYPT, HEARTBEAT, LAUNCHER, LISTEN, Membership, NODES, SEED, SIZE, SettingError,
    Settings, TOKEN_FILE, Variables, Warning,
};

/// Refuses contradictions, fills in what follows from a membership, and warns of what has no effect.
pub(super) fn settle(
    settings: &mut Settings,
    vars: &Variables,
    warnings: &mut Vec<Warning>,
) -> Result<(), SettingError> {
    match settings.membership.as_ref().map(Membership::is_by_hand) {
        Some(true) => by_hand(settings, vars)?,
        Some(false) => by_launcher(settings, vars)?,
        None => {}
    }
    warn(settings, vars, warnings);
    Ok(())
}

fn by_hand(settings: &mut Settings, vars: &Variables) -> Result<(), SettingError> {
    if settings.carrier.is_some_and(|carrier| carrier != Carrier::Tcp) {
        return Err(contradiction(vars, CARRIER, COORDINATOR, "only tcp connects nodes that are started by hand"));
    }
    settings.carrier = Some(Carrier::Tcp);
    let size = settings.membership.as_ref().map(|member| member.size);
    if settings.nodes.is_some() && settings.nodes != size {
        return Err(contradiction(vars, NODES, SIZE, "a node started by hand starts no others, and needs DRUST_SIZE"));
    }
    Ok(())
}

fn by_launcher(settings: &Settings, vars: &Variables) -> Result<(), SettingError> {
    match settings.carrier {
        Some(Carrier::Tcp) => membership::complete(vars, &[&OF_LAUNCHER[..], &[COORDINATOR]].concat()),
        Some(Carrier::Sim) => {
            Err(contradiction(vars, CARRIER, LAUNCHER, "a simulated cluster is one process, and no launcher's"))
        }
        _ if vars.is_set(COORDINATOR) => {
            Err(contradiction(vars, COORDINATOR, LAUNCHER, "the launcher sets both only where DRUST_CARRIER is tcp"))
        }
        _ => Ok(()),
    }
}

fn contradiction(vars: &Variables, one: &'static str, other: &'static str, why: &'static str) -> SettingError {
    let valued = |name| (name, vars.text(name).map(|value| value.trim().to_string()));
    SettingError::Contradiction { one: valued(one), other: valued(other), why }
}

fn warn(settings: &mut Settings, vars: &Variables, warnings: &mut Vec<Warning>) {
    let by_hand = settings.membership.as_ref().is_some_and(Membership::is_by_hand);
    let simulated = settings.carrier == Some(Carrier::Sim);
    let mut ignored = |name, why| warnings.push(Warning::Ignored { name, why });
    if settings.seed.is_some() && !simulated {
        ignored(SEED, "only a simulated cluster has a seed (DRUST_CARRIER=sim)");
    }
    if settings.encrypt == Some(true) && settings.carrier != Some(Carrier::Tcp) {
        ignored(ENCRYPT, "nothing goes over a network but by tcp (DRUST_CARRIER=tcp)");
    }
    if settings.heartbeat.is_some() && simulated {
        ignored(HEARTBEAT, "simulated nodes are watched by no clock");
    }
    if settings.listen.is_some() && !by_hand {
        settings.listen = None;
        ignored(LISTEN, "only a node started by hand listens where it is told; nodes of a launcher, on loopback");
    }
    if vars.is_set(TOKEN_FILE) && !by_hand {
        ignored(TOKEN_FILE, "the launcher has given this node its token");
    }
}
