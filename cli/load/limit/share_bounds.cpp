#include "load/limit/share_bounds.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "load/measure/student_t.h"

namespace wsdeep::load {
namespace {

BlockCount sum_of(const std::vector<BlockCount>& blocks) {
  BlockCount sum;
  for (const BlockCount& block : blocks) {
    sum.beyond += block.beyond;
    sum.of += block.of;
  }
  return sum;
}

/// What is left of a count of turns when its variance is known from so many blocks only.
double loss_of_few_blocks(std::size_t blocks, double wrong) {
  const auto degrees = static_cast<double>(std::max<std::size_t>(blocks, 2) - 1);
  const double known = boost::math::quantile(boost::math::complement(boost::math::normal(), wrong));
  const double estimated = student_t_quantile(1 - wrong, degrees);
  return known / estimated * (known / estimated);
}

}  // namespace

double cluster_size(const std::vector<BlockCount>& blocks) {
  const BlockCount sum = sum_of(blocks);
  if (blocks.size() < 2 || sum.beyond == 0 || sum.beyond == sum.of) return 1;
  const auto n = static_cast<double>(sum.of);
  const auto count = static_cast<double>(blocks.size());
  const double share = static_cast<double>(sum.beyond) / n;
  double squares = 0;
  for (const BlockCount& block : blocks) {
    const double off = static_cast<double>(block.beyond) - share * static_cast<double>(block.of);
    squares += off * off;
  }
  // The variance of a ratio of sums, against that of n independent turns.
  const double variance = squares * count / (count - 1) / (n * n);
  return std::max(1.0, variance * n / (share * (1 - share)));
}

ShareBounds share_bounds(const std::vector<BlockCount>& blocks, double clustered, double wrong) {
  const BlockCount sum = sum_of(blocks);
  ShareBounds bounds{.beyond = sum.beyond, .of = sum.of, .clustered = clustered};
  if (sum.of == 0) return bounds;
  const double worth = loss_of_few_blocks(blocks.size(), wrong) / clustered;
  const double n = static_cast<double>(sum.of) * worth;
  const double x = static_cast<double>(sum.beyond) * worth;
  if (sum.beyond > 0) bounds.low = boost::math::ibeta_inv(x, n - x + 1, wrong);
  if (sum.beyond < sum.of) bounds.high = boost::math::ibetac_inv(x + 1, n - x, wrong);
  return bounds;
}

}  // namespace wsdeep::load
