// What every unit test includes, compiled once: GoogleTest, GoogleMock and what cli/precompiled.h holds.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../cli/precompiled.h"
