#pragma once

namespace wsdeep {

/// Changes who handles a signal, where it is `from`: a handler of somebody else's stays. For signal handlers, too.
void hand_signal_over(int signal, void (*from)(int), void (*to)(int)) noexcept;

/// For a handler that has put right what it was for: lets the signal do what it does by default, which ends the
/// program; or stops it, until its shell lets it go on, and then it is `handler`'s again.
void do_by_default(int signal, void (*handler)(int)) noexcept;

}  // namespace wsdeep
