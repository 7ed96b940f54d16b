#pragma once

#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Who keeps all of a run as it happens: each record, between its begin and its end. Instants are on the run's clock.
class RunWitness : public RecordSink {
 public:
  /// The schedule begins then; before every record.
  virtual void on_begin(Micros at) = 0;
  /// After every record: the schedule ended then, and the run now.
  virtual void on_over(Micros schedule_end, Micros now) = 0;
};

}  // namespace wsdeep::load
