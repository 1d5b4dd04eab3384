#include "table.h"

static fanfare_status Create(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out) {
    (void)host;
    (void)ctx;
    *out = NULL;
    return FANFARE_OK;
}

static fanfare_status Deliver(fanfare_instance *self, const fanfare_batch *batch) {
    (void)self;
    (void)batch;
    return FANFARE_OK;
}

static void Destroy(fanfare_instance *self) { (void)self; }

/* Every one is named, so that replacing one leaves none unused. */
fanfare_status (*const keep_create)(const fanfare_host *, fanfare_ctx *, fanfare_instance **) = Create;
fanfare_status (*const keep_deliver)(fanfare_instance *, const fanfare_batch *) = Deliver;
void (*const keep_destroy)(fanfare_instance *) = Destroy;

DEFINE_TABLE;
const fanfare_plugin *const keep_table = &kTable;

#ifndef PLUGIN_TABLE
#define PLUGIN_TABLE &kTable
#endif

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    return PLUGIN_TABLE;
}
