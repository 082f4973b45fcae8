// How a failed system call is told: enough for JavaScript to make an error of Node's shape.
#pragma once

#include <string>
#include <utility>

namespace glassine {

struct Failure {
  /// errno; 0 means that nothing failed.
  int number = 0;
  const char* call = "";
  std::string path;

  Failure() = default;
  Failure(int number_, const char* call_, std::string path_)
      : number(number_), call(call_), path(std::move(path_)) {}

  explicit operator bool() const { return number != 0; }
};

}  // namespace glassine
