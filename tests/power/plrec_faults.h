/* The part of plrec.so that ends the process, or makes a write fail, at a chosen point.
 *
 *   PL_KILL=point@n         kill -9 of itself when it comes to the point for the n-th time: write.before, write.half (torn:
 *                           its first half is written), sync.before, sync.after, checkpoint.before, checkpoint.after (a
 *                           sync of the database), truncate.before, answer.before, answer.after (a 202), delivery.before,
 *                           delivery.after (a request of the daemon's own)
 *   PL_WRITE=fault@n        eio: the n-th write below PL_DIR fails with EIO, once; short: every n-th is done by half;
 *                           eintr: every n-th fails with EINTR once; readonly: from the n-th on all fail with EROFS
 * Threads: safe from every thread. */
#pragma once

#include <stddef.h>

void pl_read_faults(void);
void pl_at(const char *point);
/* Zero, or the errno that this write fails with; may make `bytes` smaller. */
int pl_write_fault(size_t *bytes);
