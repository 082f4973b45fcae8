// The addon's border to JavaScript: what it exports, and the parts that answer at once. Arguments are checked
// in `src/platform/native.ts`; nothing else calls these functions.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <vector>

#include "addon_job.h"
#include "blake3/blake3.h"
#include "file_io.h"
#include "xxh64.h"

namespace glassine {

namespace {

/// Jobs whose threads run, of all environments.
struct Running {
  std::mutex mutex;
  std::vector<Job*> jobs;
};

Running& running() {
  static Running all;
  return all;
}

}  // namespace

void Job::start(const std::shared_ptr<Job>& job, Napi::Env env, const char* name) {
  const Napi::HandleScope scope(env);
  job->env_ = env;
  // The job lives as long as anything may still call it.
  auto self = std::make_unique<std::shared_ptr<Job>>(job);
  const auto forget = [](napi_env /*env*/, void* held, void* /*hint*/) {
    delete static_cast<std::shared_ptr<Job>*>(held);
  };
  const napi_status made =
      napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, name), 0, 1, self.get(),
                                      forget, job.get(), on_javascript_thread, &job->to_javascript_);
  if (made != napi_ok) throw Napi::Error::New(env, "the environment is ending");
  static_cast<void>(self.release());
  // After the function above, so that it is called before that function's own end.
  napi_add_env_cleanup_hook(env, on_environment_end, job.get());
  {
    const std::lock_guard lock(running().mutex);
    running().jobs.push_back(job.get());
  }
  try {
    job->thread_ = std::thread([raw = job.get()] { raw->work(); });
  } catch (const std::system_error& error) {
    // The end of a job, without its work.
    job->broken_ = {error.code().value(), "pthread_create", ""};
    job->call_end();
  }
}

void Job::stop() {
  control_.stop = true;
  wake();
}

void Job::stop_all(napi_env env) {
  std::vector<Job*> own;
  {
    const std::lock_guard lock(running().mutex);
    for (Job* job : running().jobs) {
      if (job->env_ == env) own.push_back(job);
    }
  }
  for (Job* job : own) job->stop();
  for (Job* job : own) {
    if (job->leaves_traces()) job->join();
  }
}

void Job::join() {
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(running().mutex);
  std::vector<Job*>& jobs = running().jobs;
  jobs.erase(std::remove(jobs.begin(), jobs.end(), this), jobs.end());
}

void Job::work() {
  try {
    run();
  } catch (const std::bad_alloc&) {
    broken_ = {ENOMEM, "malloc", ""};
  } catch (const std::system_error& error) {
    broken_ = {error.code().value(), "pthread_create", ""};
  }
  call_end();
}

void Job::call_end() {
  static int ended = 1;
  napi_call_threadsafe_function(to_javascript_, &ended, napi_tsfn_nonblocking);
  napi_release_threadsafe_function(to_javascript_, napi_tsfn_release);
}

void Job::call_back() {
  if (called_back_.exchange(true)) return;
  napi_call_threadsafe_function(to_javascript_, nullptr, napi_tsfn_nonblocking);
}

void Job::on_javascript_thread(napi_env env, napi_value /*callback*/, void* job, void* ended) {
  // Without an environment there is nobody to tell.
  if (env == nullptr) return;
  auto* self = static_cast<Job*>(job);
  try {
    if (ended != nullptr) return self->end(env);
    self->called_back_ = false;
    self->deliver(Napi::Env(env));
  } catch (const Napi::Error& error) {
    // What a listener threw; or a worker was terminated while we spoke to it, and hears nothing any more.
    error.ThrowAsJavaScriptException();
  }
}

void Job::end(napi_env env) {
  join();
  napi_remove_env_cleanup_hook(env, on_environment_end, this);
  try {
    settle(Napi::Env(env));
  } catch (...) {
    release();
    throw;
  }
  release();
}

void Job::on_environment_end(void* job) {
  auto* self = static_cast<Job*>(job);
  self->stop();
  self->join();
  self->release();
}

Napi::Function stopper(Napi::Env env, const std::shared_ptr<Job>& job) {
  return Napi::Function::New(env, [job](const Napi::CallbackInfo& /*info*/) { job->stop(); });
}

std::string to_path(const Napi::Value& value) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  const auto bytes = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()};
}

Napi::Value from_failure(Napi::Env env, const Failure& failure) {
  if (!failure) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object["errno"] = Napi::Number::New(env, failure.number);
  object["syscall"] = Napi::String::New(env, failure.call);
  object["path"] = Napi::String::New(env, failure.path);
  return object;
}

std::string hex(const blake3::Hash& hash) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * hash.size());
  for (const uint8_t byte : hash) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

namespace {

class Hasher : public Napi::ObjectWrap<Hasher> {
 public:
  /// Nothing, or a mode ("keyed" or "derive") with its key or context.
  explicit Hasher(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (info.Length() < 2) return;
    const std::string with = to_path(info[1]);
    const bool keyed = info[0].As<Napi::String>().Utf8Value() == "keyed";
    hasher_ = keyed ? blake3::Hasher::keyed(reinterpret_cast<const uint8_t*>(with.data()))
                    : blake3::Hasher::derive_key(with);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Hasher",
                       {InstanceMethod<&Hasher::update>("update"), InstanceMethod<&Hasher::digest>("digest"),
                        InstanceMethod<&Hasher::use>("use")});
  }

 private:
  Napi::Value update(const Napi::CallbackInfo& info) {
    const auto bytes = info[0].As<Napi::Uint8Array>();
    hasher_.update(bytes.Data(), bytes.ByteLength());
    return info.This();
  }

  Napi::Value digest(const Napi::CallbackInfo& info) {
    const size_t size = info[0].As<Napi::Number>().Uint32Value();
    auto out = Napi::Buffer<uint8_t>::New(info.Env(), size);
    hasher_.finish(out.Data(), size);
    return out;
  }

  /// By name, for tests that compare kernels. False when this machine has none of the name.
  Napi::Value use(const Napi::CallbackInfo& info) {
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    for (const blake3::Kernel* kernel : blake3::kernels()) {
      if (name != kernel->name) continue;
      hasher_.use(*kernel);
      return Napi::Boolean::New(info.Env(), true);
    }
    return Napi::Boolean::New(info.Env(), false);
  }

  blake3::Hasher hasher_;
};

class Checksum : public Napi::ObjectWrap<Checksum> {
 public:
  explicit Checksum(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Xxh64",
        {InstanceMethod<&Checksum::update>("update"), InstanceMethod<&Checksum::digest>("digest")});
  }

 private:
  Napi::Value update(const Napi::CallbackInfo& info) {
    const auto bytes = info[0].As<Napi::Uint8Array>();
    checksum_.update(bytes.Data(), bytes.ByteLength());
    return info.This();
  }

  Napi::Value digest(const Napi::CallbackInfo& info) {
    return Napi::BigInt::New(info.Env(), checksum_.digest());
  }

  Xxh64 checksum_;
};

Napi::Value hash(const Napi::CallbackInfo& info) {
  const auto bytes = info[0].As<Napi::Uint8Array>();
  return Napi::String::New(info.Env(), hex(blake3::hash(bytes.Data(), bytes.ByteLength())));
}

Napi::Value kernel_names(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  for (const blake3::Kernel* kernel : blake3::kernels()) {
    names[names.Length()] = Napi::String::New(info.Env(), kernel->name);
  }
  return names;
}

/// A function that releases the lock (as its collection does), null when another holds it, or a failure.
Napi::Value lock(const Napi::CallbackInfo& info) {
  const auto file = std::make_shared<io::File>();
  if (const Failure failure = io::lock(to_path(info[0]), file.get()))
    return from_failure(info.Env(), failure);
  if (!file->is_open()) return info.Env().Null();
  return Napi::Function::New(info.Env(), [file](const Napi::CallbackInfo& /*info*/) { file->close(); });
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports["Hasher"] = Hasher::define(env);
  exports["Xxh64"] = Checksum::define(env);
  exports["hash"] = Napi::Function::New<hash>(env, "hash");
  exports["kernelNames"] = Napi::Function::New<kernel_names>(env, "kernelNames");
  exports["stopAll"] = Napi::Function::New(
      env, [](const Napi::CallbackInfo& info) { Job::stop_all(info.Env()); }, "stopAll");
  exports["lock"] = Napi::Function::New<lock>(env, "lock");
  register_jobs(env, exports);
  register_walk(env, exports);
#ifdef __linux__
  register_watch(env, exports);
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(glassine, start)

}  // namespace glassine
