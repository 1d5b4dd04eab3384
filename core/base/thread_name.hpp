// What `top -H`, a debugger and a crash dump call a thread.
#pragma once

#include <pthread.h>

#include <string>

namespace fanfare::base {

// Of the calling thread. What is longer than the kernel keeps (15 bytes) is cut.
inline void NameThisThread(const std::string& name) { pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()); }

}  // namespace fanfare::base
