//! Messages of receivers that crash: with `redeliver: n`, a receiver keeps a copy of the message it works on until it receives the
//! next one from that channel, or ends. If it crashes, the message is put before those that wait, at most `n` times; then it goes to
//! the channel of `dead:`, if there is one.

use super::ends::{goo_chan_release, goo_chan_retain};
use super::object::Channel;
use super::send::Sent;
use crate::abi::layout::TypeDesc;
use crate::task::object::Task;
use crate::task::value::{self, Stored};
use crate::task::worker::Worker;

/// A message that a task works on.
pub struct InHand {
    channel: *mut Channel,
    message: Stored,
    /// How often it was delivered before.
    deliveries: i64,
}

impl InHand {
    /// Its channel, the type of the message, and where it is.
    pub fn parts(&self) -> (*mut Channel, *const TypeDesc, *mut u8) {
        (self.channel, self.message.desc, self.message.as_ptr())
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        // SAFETY: `keep` retained it.
        unsafe { goo_chan_release(self.channel, 0) }
    }
}

/// The task has received this message.
///
/// # Safety
/// The worker's running task; the channel has options; `message` is a message of it.
pub unsafe fn keep(task: *mut Task, channel: *mut Channel, message: *mut u8) {
    // SAFETY: by the caller.
    unsafe {
        let options = &mut *(*channel).options;
        if options.redeliver <= 0 && options.dead.is_null() {
            return;
        }
        let deliveries = std::mem::take(&mut (*task).extra().deliveries);
        let elem = (*channel).elem;
        value::retain(elem, message);
        let copy = Stored::new(elem, message);
        // Both stay: with the receiver, and here.
        value::share(elem, copy.as_ptr());
        goo_chan_retain(channel, 0);
        (*task).extra().in_hand.push(InHand { channel, message: copy, deliveries });
    }
}

/// The task is done with what it received from this channel; not if it crashed, and a deferred call asks for more.
///
/// # Safety
/// The worker's running task.
pub unsafe fn finished(task: *mut Task, channel: *mut Channel) {
    // SAFETY: by the caller.
    let task = unsafe { &mut *task };
    if task.has(Task::UNWINDING) {
        return;
    }
    if let Some(extra) = task.extra_if_any() {
        extra.in_hand.retain(|message| message.channel != channel);
    }
}

/// The task has ended: what it worked on is done, or goes back.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn task_ended(worker: &Worker, task: *mut Task, crashed: bool) {
    // SAFETY: by the caller.
    let in_hand = unsafe { std::mem::take(&mut (*task).extra().in_hand) };
    if !crashed {
        return;
    }
    for hand in in_hand.into_iter().rev() {
        // SAFETY: `hand` keeps the channel.
        unsafe { give_back(worker, hand) };
    }
}

unsafe fn give_back(worker: &Worker, mut hand: InHand) {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let channel = &mut *hand.channel;
        let message = std::mem::replace(&mut hand.message, Stored::nothing());
        let options = &mut *channel.options;
        channel.lock();
        if hand.deliveries >= options.redeliver {
            options.dead_letters += 1;
            channel.unlock();
            bury(worker, options.dead, message);
            return;
        }
        options.redelivered += 1;
        let mut woken = None;
        match channel.receivers.take() {
            Some(waiter) => {
                // Who waits does not run, so its fields are ours with the waiter.
                (*(*waiter).task).extra().deliveries = hand.deliveries + 1;
                woken = channel.hand_to(waiter, message.as_ptr());
                message.forget();
            }
            None => {
                channel.buffer.pass();
                options.returned.push_front((message, hand.deliveries + 1));
            }
        }
        channel.unlock();
        if let Some(task) = woken {
            worker.push(task);
        }
    }
}

/// Sends a message to the channel of `dead:`, which keeps as many as its capacity says and drops the others.
unsafe fn bury(worker: &Worker, dead: *mut Channel, message: Stored) {
    if dead.is_null() {
        return;
    }
    // SAFETY: the options refer to it; rules 1 and 2.
    unsafe {
        (*dead).lock();
        let sent = (*dead).try_send(message.as_ptr());
        (*dead).unlock();
        match sent {
            Sent::Passed(woken) => {
                message.forget();
                if let Some(task) = woken {
                    worker.push(task);
                }
            }
            Sent::Dropped => message.forget(),
            Sent::Full | Sent::Closed => {}
        }
    }
}
