#pragma once

#include <string_view>
#include <vector>

#include "load/measure/engine_figures.h"

namespace wsdeep::load {

/// Makes figures of readings, in the order in which their names came first.
class FigureFold {
 public:
  /// `counts_up`: a counter. One that went down began anew, with its program: what it had counted by then stays
  /// counted.
  void take(std::string_view name, bool counts_up, double value);
  std::vector<EngineFigure> figures() const;

 private:
  struct Fold {
    EngineFigure figure;
    double sum = 0;     ///< of a gauge's readings
    double before = 0;  ///< a counter, as it was read last
  };
  std::vector<Fold> folds_;
};

}  // namespace wsdeep::load
