// What `system` answers: the parts of it that are shown.

export interface DiagnosticRow {
  readonly name: string;
  readonly severity: number;
  readonly count: number;
  readonly detail: string;
}

export interface ModuleRow {
  readonly path: string;
  readonly build_id: string;
  readonly symbols: string;
  readonly debug_file: string;
  readonly producer: string;
  readonly optimised: boolean;
  readonly missing: string;
}

export interface SystemSide {
  readonly id: string;
  readonly path: string;
  readonly note: string;
  readonly modules: readonly ModuleRow[];
  readonly report: {
    readonly summary: {
      readonly sample_count: number;
      readonly unsampled_ns: number;
      readonly facts: Readonly<Record<string, string>>;
    };
    readonly quality: {
      readonly sampler: string;
      readonly kernel_side: boolean;
      readonly lost_samples: number;
      readonly lost_of_others: number;
      readonly recorder_cpu_ns: number;
      readonly overhead_share: number;
      readonly stacks: { readonly broken: number; readonly complete_share: number };
      readonly diagnostics: readonly DiagnosticRow[];
    };
  };
}

export interface DoctorAnswer {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly id: string;
    readonly state: string;
    readonly says: string;
    readonly effect: string;
    readonly fixes: readonly string[];
  }[];
}

export interface SystemAnswer {
  readonly a: SystemSide;
  readonly b: SystemSide | null;
  readonly doctor: DoctorAnswer | null;
}
