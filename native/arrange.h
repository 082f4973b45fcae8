// Changes of names: folders, renames, links, removals, attributes; each step by itself, none ever replacing a
// file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control.h"
#include "failure.h"
#include "file_io.h"

namespace glassine {

struct Step {
  enum class Do { folder, rename, link, remove, remove_folder, flush_folder, attributes };

  Do what = Do::folder;
  std::string path;
  /// rename: the new name. link: where it points.
  std::string target;
  std::optional<int64_t> modified_ns;
  std::optional<uint32_t> mode;
  std::vector<io::Attribute> attributes;
};

/// Tries every step in order; the results tell which failed. Stops between two steps.
std::vector<Failure> arrange(const std::vector<Step>& steps, const Control& control);

}  // namespace glassine
