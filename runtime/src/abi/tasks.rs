//! Tasks, frames, channels, groups: what compiled code may call of them. See `task/` and `channel/`.

use crate::runtime_functions;

runtime_functions! { pub static FRAMES;
    Direct goo_frame_new[0](Address) -> I64;
    Direct goo_frame_free[0](Address);
    Direct goo_defer_push[0](Address, Owned);
    Direct goo_defer_next[0](Address) -> I64;
    Suspends goo_resume[0]() -> Address;
    Suspends goo_poll[0]();
    Plain goo_poll_plain[0]();
    Plain goo_stack_check[0]();
}

runtime_functions! { pub static TASKS;
    Pure goo_context[0]() -> I64;
    Plain goo_task_go[0](Owned);
    Plain goo_task_spawn[0](Owned) -> I64;
    Suspends goo_task_wait[1](I64) -> Address;
    Plain goo_task_cancel[0](I64);
    Plain goo_group_new[0](I64) -> I64;
    Suspends goo_group_go[0](I64, Owned);
    Suspends goo_group_wait[0](I64);
    Plain goo_group_results[1](I64) -> Slice;
    Suspends goo_sleep[0](I64);
}

runtime_functions! { pub static CHANNELS;
    Pure goo_chan_retain[0](I64, I64);
    Pure goo_chan_release[0](I64, I64);
    Pure goo_chan_narrow[0](I64, I64, I64);
    Plain goo_chan_make[1](I64, I64, I64, I64, I64, I64, I64, Slice) -> I64;
    Suspends goo_chan_send[1](I64, OwnedAddress);
    Pure goo_chan_refuses[0](I64) -> I64;
    Suspends goo_chan_send_word[0](I64, I64);
    Plain goo_chan_try_send[1](I64, OwnedAddress) -> I64;
    Suspends goo_chan_send_within[1](I64, OwnedAddress, I64) -> I64;
    Suspends goo_chan_recv[1](I64) -> Address;
    Suspends goo_chan_recv_ok[1](I64) -> Address;
    Suspends goo_chan_recv_word[0](I64) -> Address;
    Suspends goo_chan_recv_word_ok[0](I64) -> Address;
    Suspends goo_sub_recv[1](I64) -> Address;
    Suspends goo_sub_recv_ok[1](I64) -> Address;
    Plain goo_chan_try_recv[1](I64) -> Address;
    Suspends goo_chan_recv_within[1](I64, I64) -> Address;
    Suspends goo_chan_batch[1](I64, I64, I64) -> Slice;
    Plain goo_chan_close[0](I64);
    Plain goo_chan_stats[1](I64) -> Address;
    Pure goo_chan_len[0](I64) -> I64;
    Pure goo_chan_cap[0](I64) -> I64;
    Plain goo_pattern_make[2](I64, I64, I64, I64, I64, I64, I64, I64, Slice, Slice, Slice) -> I64;
    Plain goo_hub_subscribe[0](I64, I64, I64, Slice, Slice) -> I64;
    Plain goo_hub_change_topics[0](I64, I64, Slice);
    Plain goo_chan_other_end[0](I64, Slice) -> I64;
    Pure goo_chan_identity[0](I64) -> I64;
    Plain goo_chan_peer[1](I64, I64) -> I64;
    Suspends goo_select[0](Address, I64, I64, I64) -> I64;
    Direct goo_select_received[1](Address) -> I64;
}

runtime_functions! { pub static SUPERVISORS;
    Plain goo_supervisor_new[0](I64, I64, I64, I64, I64, I64) -> I64;
    Plain goo_supervisor_watch[0](I64, I64);
    Plain goo_supervisor_child[0](I64, Slice, Owned, I64, I64, I64, I64, I64, I64);
    Plain goo_supervisor_nested[0](I64, Owned, Slice, I64, I64, I64, I64);
    Suspends goo_supervisor_run[0](I64);
    Plain goo_supervisor_go[0](I64);
    Plain goo_supervisor_start[0](I64, Owned, Slice);
    Plain goo_supervisor_stop[0](I64, Slice) -> I64;
    Plain goo_supervisor_children[0](I64) -> Slice;
    Plain goo_supervisor_restarts[0](I64) -> I64;
    Suspends goo_supervisor_start_as[0](I64, Owned, Slice, I64, I64, I64, I64) -> I64;
    Suspends goo_supervisor_dynamic[0](I64, Owned, Slice, Slice) -> I64;
    Suspends goo_supervision_ask[0](I64, I64, Slice, I64) -> I64;
    Plain goo_supervision_Names[0](I64) -> Slice;
    Plain goo_supervision_State[0](I64, Slice) -> Slice;
    Plain goo_supervision_Active[0](I64) -> I64;
    Plain goo_supervision_Started[0]();
    Plain goo_supervision_Exit[0]();
    Plain goo_task_watch[1](I64) -> I64;
    Plain goo_supervisor_watch_end[1](I64) -> I64;
}
