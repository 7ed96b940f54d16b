// What most files of the house include, compiled once (see CMakeLists.txt): the standard library's common headers and
// {fmt}. Files name what they use all the same: the linter, the fuzz targets and CMAKE_DISABLE_PRECOMPILE_HEADERS build
// without this one. Nothing else belongs here: nlohmann's json.hpp and Boost cost every file more than they save.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>
