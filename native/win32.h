// What the Windows files of the addon share: wide paths, and errors as errno.
#pragma once

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
// After it.
#include <winioctl.h>

#include <string>

#include "file_io.h"

namespace glassine::io {

/// Absolute and with the prefix that lifts the limit of 260 characters.
std::wstring to_wide(const std::string& path);
std::string from_wide(const wchar_t* text, size_t length);

/// The last error as a Failure.
Failure last_failure(const char* call, const std::string& path);
Failure failure_of(DWORD error, const char* call, const std::string& path);

/// FILETIME counts 100 ns from 1601.
int64_t to_unix_ns(int64_t windows_time);
int64_t from_unix_ns(int64_t unix_ns);

/// kNoHandle and a last error when it fails.
File open_wide(const std::wstring& path, DWORD access, DWORD disposition, DWORD flags);
Kind kind_of(DWORD attributes, DWORD reparse_tag);

}  // namespace glassine::io
