#include "load/measure/figure_fold.h"

#include <algorithm>
#include <string>

namespace wsdeep::load {

void FigureFold::take(std::string_view name, bool counts_up, double value) {
  auto found = std::find_if(folds_.begin(), folds_.end(), [&](const Fold& fold) { return fold.figure.name == name; });
  if (found == folds_.end())
    found = folds_.insert(folds_.end(), {{std::string(name), counts_up, value, value, value}, 0, value});
  EngineFigure& figure = found->figure;
  ++figure.readings;
  figure.last = counts_up ? figure.last + (value < found->before ? value : value - found->before) : value;
  figure.peak = std::max(figure.peak, figure.last);
  found->before = value;
  found->sum += value;
}

std::vector<EngineFigure> FigureFold::figures() const {
  std::vector<EngineFigure> figures;
  for (const Fold& fold : folds_) {
    EngineFigure figure = fold.figure;
    if (!figure.counts_up) figure.mean = fold.sum / static_cast<double>(figure.readings);
    figures.push_back(figure);
  }
  return figures;
}

}  // namespace wsdeep::load
