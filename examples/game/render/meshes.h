// The shapes of things, made when the game starts. In metres, round the origin of the thing; z is
// forward.
#pragma once

#include "game/render/mesh_builder.h"
#include "game/render/mesh_kind.h"

namespace game::render {

Mesh make_mesh(MeshKind kind);

}  // namespace game::render
