# Builds the addon with node-gyp, for machines without CMake. The list of sources is the same as in
# CMakeLists.txt; a test compares them.
{
  'targets': [
    {
      'target_name': 'glassine',
      'sources': [
        'native/addon.cc',
        'native/addon_jobs.cc',
        'native/addon_walk.cc',
        'native/arrange.cc',
        'native/blake3/blake3.cc',
        'native/blake3/compress_portable.cc',
        'native/blake3/dispatch.cc',
        'native/blake3/kernel_avx2.cc',
        'native/blake3/kernel_avx512.cc',
        'native/blake3/kernel_neon.cc',
        'native/blake3/kernel_sse41.cc',
        'native/blocks.cc',
        'native/copier.cc',
        'native/file_hash.cc',
        'native/proof_lanes.cc',
        'native/pump.cc',
        'native/sha512.cc',
        'native/target.cc',
        'native/thread_pool.cc',
        'native/transfer.cc',
        'native/volumes.cc',
        'native/walk.cc',
        'native/xxh64.cc',
      ],
      'include_dirs': [
        '<!(node -p "require(\'node-addon-api\').include_dir")',
        '<!(node -p "require(\'node-api-headers\').include_dir")',
      ],
      'defines': [
        'NAPI_VERSION=8',
        'NAPI_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        # A worker that is terminated while we speak to it is no reason to end the process.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
        '_FILE_OFFSET_BITS=64',
      ],
      'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': [
        '-std=c++17', '-fexceptions', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror', '-O3',
      ],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
        'CLANG_CXX_LIBRARY': 'libc++',
        'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
        'GCC_OPTIMIZATION_LEVEL': '3',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
        'GCC_TREAT_WARNINGS_AS_ERRORS': 'YES',
        'WARNING_CFLAGS': ['-Wall', '-Wextra'],
      },
      'msvs_settings': {
        'VCCLCompilerTool': {
          'ExceptionHandling': 1,
          'WarningLevel': 4,
          'WarnAsError': 'true',
          'AdditionalOptions': ['/std:c++17'],
        },
      },
      'conditions': [
        ['OS!="win"', {
          'sources': [
            'native/file_io_posix.cc',
            'native/names_posix.cc',
          ],
        }],
        ['OS!="win" and OS!="mac"', {
          'sources': [
            'native/addon_watch.cc',
            'native/file_io_linux.cc',
            'native/folders_linux.cc',
            'native/watch_linux.cc',
          ],
        }],
        ['OS=="mac"', {
          'sources': [
            'native/file_io_darwin.cc',
          ],
        }],
        ['OS=="win"', {
          'sources': [
            'native/file_io_windows.cc',
            'native/names_windows.cc',
          ],
        }],
      ],
    },
  ],
}
