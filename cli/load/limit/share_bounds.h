#pragma once

#include <cstdint>
#include <vector>

namespace wsdeep::load {

/// How many of the turns of one block of a run were beyond a limit.
struct BlockCount {
  std::uint64_t beyond = 0;
  std::uint64_t of = 0;
};

/// A share that was counted in blocks, and between what it lies. `low` is wrong with the chance that was asked for, and
/// so is `high`.
struct ShareBounds {
  std::uint64_t beyond = 0;
  std::uint64_t of = 0;
  double clustered = 1;  ///< so many turns that share their fate count as one
  double low = 0;
  double high = 1;
};

/// How much more the share varies from block to block than that of turns that have nothing to do with each other; 1 at
/// least, and of fewer than two blocks.
double cluster_size(const std::vector<BlockCount>& blocks);

/// Korn and Graubard's bounds: those of Clopper and Pearson, of so many turns as would know the share as well if they
/// were independent: `of / clustered`, less what a variance that was itself estimated from few blocks costs (Student's
/// t). Blocks have to be long against the time for which a queue remembers. `wrong` is the chance allowed to each.
ShareBounds share_bounds(const std::vector<BlockCount>& blocks, double clustered, double wrong);

}  // namespace wsdeep::load
