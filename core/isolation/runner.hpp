// What runs in the process of a plugin: serves the daemon at the other end of file 3 until it says stop or has gone.
#pragma once

namespace fanfare::isolation {

// The exit status of the process.
int RunPlugin();

}  // namespace fanfare::isolation
