# What we read of AWS's configuration files against what botocore reads of them. Foreign peer: python3 with a botocore that
# knows endpoint_url; without it the test counts as skipped.
add_executable(aws_settings_tool ${CMAKE_CURRENT_LIST_DIR}/../support/aws_settings_tool.cpp)
target_link_libraries(aws_settings_tool PRIVATE wsdeep_aws)

add_test(NAME integration.aws_settings_botocore
         COMMAND ${PYTHON3} ${CMAKE_CURRENT_LIST_DIR}/aws_settings_botocore.py $<TARGET_FILE:aws_settings_tool>)
set_tests_properties(integration.aws_settings_botocore PROPERTIES LABELS foreign SKIP_RETURN_CODE 77 TIMEOUT 600)
