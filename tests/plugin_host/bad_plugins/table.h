/* A plain C plugin without the wrapper of the SDK: every entry of its table can be replaced on the command line. */
#ifndef TABLE_H
#define TABLE_H

#include <fanfare/plugin.h>

#include <stddef.h>

#define STR(text) \
    { text, sizeof(text) - 1 }

#ifndef PLUGIN_SIZE
#define PLUGIN_SIZE sizeof(fanfare_plugin)
#endif
#ifndef PLUGIN_MAJOR
#define PLUGIN_MAJOR FANFARE_ABI_MAJOR
#endif
#ifndef PLUGIN_REQUIRED
#define PLUGIN_REQUIRED 0
#endif
#ifndef PLUGIN_CALLED
#define PLUGIN_CALLED PLUGIN_NAME
#endif
#ifndef PLUGIN_SCHEMA
#define PLUGIN_SCHEMA "{\"type\":\"object\"}"
#endif
#ifndef PLUGIN_BATCH
#define PLUGIN_BATCH 16
#endif
#ifndef PLUGIN_CAPABILITIES
#define PLUGIN_CAPABILITIES 0
#endif
#ifndef PLUGIN_CREATE
#define PLUGIN_CREATE Create
#endif
#ifndef PLUGIN_START
#define PLUGIN_START NULL
#endif
#ifndef PLUGIN_DELIVER
#define PLUGIN_DELIVER Deliver
#endif
#ifndef PLUGIN_STOP
#define PLUGIN_STOP NULL
#endif
#ifndef PLUGIN_DESTROY
#define PLUGIN_DESTROY Destroy
#endif
#ifndef PLUGIN_VALIDATE
#define PLUGIN_VALIDATE NULL
#endif
#ifndef PLUGIN_CANCEL
#define PLUGIN_CANCEL NULL
#endif

#define DEFINE_TABLE                                                                               \
    static const fanfare_plugin kTable = {PLUGIN_SIZE,        PLUGIN_MAJOR,        0,              \
                                          PLUGIN_REQUIRED,    PLUGIN_CAPABILITIES, PLUGIN_BATCH,   \
                                          STR(PLUGIN_CALLED), STR("1.2.3"),        STR("tests"),   \
                                          STR("Apache-2.0"),  STR("For tests"),    STR(""),        \
                                          STR(PLUGIN_SCHEMA), PLUGIN_CREATE,       PLUGIN_START,   \
                                          PLUGIN_DELIVER,     PLUGIN_STOP,         PLUGIN_DESTROY, \
                                          PLUGIN_VALIDATE,    PLUGIN_CANCEL}

#endif
