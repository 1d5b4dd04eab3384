// May the file of a plugin be loaded? Everything on its path must be ours or root's, and closed to everyone else.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"

namespace fanfare::plugin {

// A file that passed. It is loaded by its path, not as /proc/self/fd/N: $ORIGIN, debuggers and glibc's list of loaded
// files go by the name. That is safe since nobody but root and this user can change any step of the path; `device` and
// `inode` are compared once more after loading.
struct CheckedFile {
    std::string path;  // without symbolic links
    dev_t device = 0;
    ino_t inode = 0;
};

// Owner root or the user of this process, not writable by group or others: `path`, every directory above it, and every
// symbolic link on the way. A directory above the plugin's own may be sticky and root's (/tmp): no one may replace our
// entries there. The file is regular, has one name, lies in the directory that `path` says, and is ELF.
// Errors: kConfig; message without a subject ("everyone may write to /x; run: chmod go-w /x").
base::Result<CheckedFile> CheckFile(const std::string& path);

// True if the name still leads to the checked file.
bool IsStill(const CheckedFile& file);

}  // namespace fanfare::plugin
