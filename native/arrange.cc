// Doing the steps of an arrangement, one after another.
#include "arrange.h"

namespace glassine {

namespace {

Failure set_attributes(const Step& step) {
  io::Stat stat;
  if (Failure failure = io::stat_name(step.path, &stat)) return failure;
  if (!step.attributes.empty()) io::write_attributes(step.path, step.attributes);
  if (step.mode) {
    if (Failure failure = io::set_mode_of_name(step.path, *step.mode)) return failure;
  }
  // Callers speak of microseconds. A time that is the same to the microsecond stays as it is, to the
  // nanosecond.
  const int64_t beyond_ns = step.modified_ns ? stat.modified_ns - *step.modified_ns : 0;
  if (!step.modified_ns || (beyond_ns >= 0 && beyond_ns < 1000)) return {};
  return io::set_modified_of_name(step.path, *step.modified_ns);
}

Failure perform(const Step& step) {
  switch (step.what) {
    case Step::Do::folder:
      return io::make_folders(step.path);
    case Step::Do::rename:
      return io::rename(step.path, step.target);
    case Step::Do::link:
      return io::make_link(step.path, step.target);
    case Step::Do::remove:
      return io::remove_file(step.path);
    case Step::Do::remove_folder:
      return io::remove_folder(step.path);
    case Step::Do::flush_folder:
      return io::flush_folder(step.path);
    case Step::Do::attributes:
      return set_attributes(step);
  }
  return {};
}

}  // namespace

std::vector<Failure> arrange(const std::vector<Step>& steps, const Control& control) {
  std::vector<Failure> results;
  results.reserve(steps.size());
  for (const Step& step : steps) {
    if (control.stop) break;
    results.push_back(perform(step));
  }
  return results;
}

}  // namespace glassine
