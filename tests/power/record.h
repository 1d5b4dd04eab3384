/* The log that plrec.so writes and plcheck reads: what a process did to the files below one directory, in order, and
 * when it told a client "202". A record is this header and `size` bytes of payload, in the byte order of the machine. */
#ifndef FANFARE_POWER_RECORD_H
#define FANFARE_POWER_RECORD_H

#include <stdint.h>

enum power_op {
    POWER_START = 1,      /* a process begins; a = pid. Handles of an earlier process are void */
    POWER_OPEN = 2,       /* handle; a = 1 if truncated; b = 1 for a directory; payload = path, "" is the root */
    POWER_WRITE = 3,      /* handle; a = offset; payload = data. Logged after it was done */
    POWER_TRUNCATE = 4,   /* handle; a = new size */
    POWER_ALLOCATE = 5,   /* handle; a = offset, b = length: zeros up to there if the file was shorter */
    POWER_SYNC_BEGIN = 6, /* handle; a = token */
    POWER_SYNC_END = 7,   /* handle; a = token of its begin; b = errno, 0 if it worked */
    POWER_RENAME = 8,     /* payload = from NUL to */
    POWER_LINK = 9,       /* payload = from NUL to */
    POWER_UNLINK = 10,    /* payload = path */
    POWER_MKDIR = 11,     /* payload = path */
    POWER_RMDIR = 12,     /* payload = path */
    POWER_ACK = 13,       /* payload = acknowledged ids, each ended by a newline. Logged before the bytes are sent */
    POWER_ESCAPE = 14     /* payload = what was done that this log cannot replay */
};

struct power_record {
    uint32_t size;
    uint32_t op;
    uint64_t handle; /* names one opening of a file within one process */
    uint64_t a;
    uint64_t b;
};

#endif
