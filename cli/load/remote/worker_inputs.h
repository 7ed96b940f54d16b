#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "load/remote/carried_command.h"
#include "load/remote/run_bucket.h"

/// Files that a worker elsewhere reads, where nothing mounts them: by way of the run's bucket. Two variables tell it:
///
///     WSDEEP_LOADTEST_INPUTS        s3://BUCKET/PREFIX/RUN/inputs/
///     WSDEEP_LOADTEST_INPUT_FILES   tokens,prompts
///
/// What is in them is never in a variable itself: those are shown by DescribeTasks, by `kubectl get pod`, by audit
/// logs.
namespace wsdeep::load {

/// Where such a worker puts them: `/tmp/wsdeep-RUN`.
std::string fetched_folder(const std::string& run);

/// What tells a worker of these files, of none where there are none.
std::map<std::string, std::string, std::less<>> input_variables(const RunBucket& bucket,
                                                                const std::vector<CarriedFile>& inputs);

/// Puts the files into the bucket; the variables. Throws Error for a file that is not there.
std::map<std::string, std::string, std::less<>> send_inputs(RunBucket& bucket, const std::vector<CarriedFile>& inputs,
                                                            const Files& files);

/// In the worker, before its command line is read: fetches them, for this user alone. Does nothing where the variables
/// say nothing. Throws Error where one cannot be had.
void fetch_inputs(const Env& env, Files& files, const Clock& clock);

/// The content of an input here, of at most kMaxInput. Throws Error{kNotFound} that names its flag.
std::string read_input(const CarriedFile& input, const Files& files);

}  // namespace wsdeep::load
