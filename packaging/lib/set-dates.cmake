# Run by CPack between installing into its folders and packing them: every file, folder and link has the date of the source.
# rpm by itself only takes back what is younger, as the links that CPack makes anew for it, and keeps when a file was checked out.
execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec touch --no-dereference --date=@$ENV{SOURCE_DATE_EPOCH} {} +
    COMMAND_ERROR_IS_FATAL ANY)
