// How a surface reflects light that comes from one direction: GGX, with Smith's shadowing in the
// form that needs no root (Karis 2013), and Schlick's Fresnel.
struct Reflecting {
  vec3 normal;
  vec3 to_eye;
  vec3 diffuse;   // color / pi
  vec3 straight;  // how much is mirrored, seen from straight above
  float roughness;
  float facing;  // normal to eye
};

vec3 fresnel(vec3 straight, float cosine) {
  float rest = 1.0 - cosine;
  float square = rest * rest;
  return straight + (1.0 - straight) * (square * square * rest);
}

vec3 reflected(Reflecting s, vec3 to_light) {
  float towards = dot(s.normal, to_light);
  if (towards <= 0.0) return vec3(0);
  vec3 halfway = normalize(s.to_eye + to_light);
  float across = max(dot(s.normal, halfway), 0.0);
  float alpha = s.roughness * s.roughness;
  float squared = alpha * alpha;
  float spread = across * across * (squared - 1.0) + 1.0;
  float distribution = squared / (3.14159265 * spread * spread);
  float k = (s.roughness + 1.0) * (s.roughness + 1.0) / 8.0;
  float hidden = (s.facing * (1.0 - k) + k) * (towards * (1.0 - k) + k);
  vec3 mirrored = fresnel(s.straight, max(dot(halfway, s.to_eye), 0.0));
  return (s.diffuse * (1.0 - mirrored) + mirrored * (distribution / (4.0 * hidden))) * towards;
}
