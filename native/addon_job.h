// A piece of work with a thread of its own, and its ties to JavaScript. The thread is joined when its work
// has ended or, having been told to stop, when its environment ends: process.exit and the end of a worker
// wait for it.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "blake3/blake3.h"
#include "control.h"
#include "failure.h"

namespace glassine {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// Starts the thread. Throws Napi::Error when the environment is ending.
  static void start(const std::shared_ptr<Job>& job, Napi::Env env, const char* name);

  /// Tells the work to stop; any thread, any number of times.
  void stop();

  /// Stops every job of an environment. Waits for those that leave something behind when they are cut off.
  static void stop_all(napi_env env);

 protected:
  /// On the job's own thread. May throw std::bad_alloc, and std::system_error where no further thread can be
  /// had.
  virtual void run() = 0;
  /// Wakes a thread that waits, so that it sees that it should stop.
  virtual void wake() {}
  /// On JavaScript's thread, some time after `call_back`.
  virtual void deliver(Napi::Env /*env*/) {}
  /// On JavaScript's thread, once, when the work has ended.
  virtual void settle(Napi::Env env) = 0;
  /// On JavaScript's thread, last: lets go of every JavaScript value while there is an environment.
  virtual void release() = 0;

  /// Whether the end of the process has to wait for it: a drive that hangs should not hold up the others.
  [[nodiscard]] virtual bool leaves_traces() const { return false; }

  /// From the job's thread: has `deliver` called. Calls that are not delivered yet count as one.
  void call_back();

  Control control_;
  /// Set when the machine had no memory, or no thread, for the work.
  Failure broken_;

 private:
  static void on_javascript_thread(napi_env env, napi_value callback, void* job, void* ended);
  static void on_environment_end(void* job);
  void work();
  void call_end();
  void join();
  void end(napi_env env);

  std::thread thread_;
  napi_env env_ = nullptr;
  napi_threadsafe_function to_javascript_ = nullptr;
  std::atomic<bool> called_back_{false};
};

/// A function for JavaScript that stops the job.
Napi::Function stopper(Napi::Env env, const std::shared_ptr<Job>& job);

// Values of both worlds

std::string to_path(const Napi::Value& value);
/// 64 hex digits.
std::string hex(const blake3::Hash& hash);
/// `{ errno, syscall, path }`, or null where nothing failed.
Napi::Value from_failure(Napi::Env env, const Failure& failure);

void register_jobs(Napi::Env env, Napi::Object exports);
void register_walk(Napi::Env env, Napi::Object exports);
void register_watch(Napi::Env env, Napi::Object exports);

}  // namespace glassine
